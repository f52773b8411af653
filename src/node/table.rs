//! Facts by version: tab-separated rows, each of a group and holding from one version up to another.

use std::collections::BTreeMap;

use super::version::Version;

/// A row without its group and versions.
#[derive(Debug, Clone)]
pub struct Row {
    cells: Vec<&'static str>,
    since: Version,
    until: Option<Version>,
}

/// The rows of a data file by group.
#[derive(Debug, Clone, Default)]
pub struct Table {
    groups: BTreeMap<&'static str, Vec<Row>>,
}

impl Row {
    /// A cell; empty where there is none.
    pub fn cell(&self, index: usize) -> &'static str {
        self.cells.get(index).copied().unwrap_or_default()
    }
}

impl Table {
    /// Reads rows of a group, some cells, `since` and `until` at the given column and the next, and more cells.
    pub fn read(text: &'static str, since_column: usize) -> Self {
        let mut groups: BTreeMap<_, Vec<Row>> = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut cells: Vec<_> = line.split('\t').collect();
            if cells.len() <= since_column + 1 {
                continue;
            }
            let until = Version::parse(cells.remove(since_column + 1));
            let since = Version::parse(cells.remove(since_column));
            let group = cells.remove(0);
            groups.entry(group).or_default().extend(since.map(|since| Row { cells, since, until }));
        }
        Self { groups }
    }

    /// The rows of a group for a version, or for the nearest lower one that is known.
    ///
    /// Below the first known version its rows are used. Without a version these are all rows, the newest of a name last.
    pub fn rows(&self, group: &str, version: Option<Version>) -> impl Iterator<Item = &Row> {
        let rows = self.groups.get(group).map(Vec::as_slice).unwrap_or_default();
        let at = version.map(|wanted| known_version(rows, wanted));
        rows.iter().filter(move |row| at.is_none_or(|at| row.since <= at && row.until.is_none_or(|until| at <= until)))
    }

    /// Whether what is not among the rows of a version certainly does not exist in it.
    pub fn covers(&self, group: &str, version: Option<Version>) -> bool {
        let rows = self.groups.get(group).map(Vec::as_slice).unwrap_or_default();
        version.is_some_and(|wanted| rows.iter().any(|row| row.since <= wanted))
    }
}

/// The versions for which there are facts are those that begin or end a row.
fn known_version(rows: &[Row], wanted: Version) -> Version {
    let known = || rows.iter().flat_map(|row| std::iter::once(row.since).chain(row.until));
    known().filter(|&version| version <= wanted).max().or_else(|| known().min()).unwrap_or(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_takes_the_nearest_lower_rows() {
        let table = Table::read("# c\na\tx\t1.33\t1.34\told\na\tx\t1.36\t\tnew\na\ty\t1.33\t\t-\nb\tz\t3.5\t\t-\n", 2);
        let of = |version: Option<(u16, u16)>| {
            let version = version.map(|(major, minor)| Version::new(major, minor));
            table.rows("a", version).map(|row| format!("{}={}", row.cell(0), row.cell(1))).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(Some((1, 20))), "x=old y=-");
        assert_eq!(of(Some((1, 35))), "x=old y=-");
        assert_eq!(of(Some((1, 40))), "x=new y=-");
        assert_eq!(of(None), "x=old x=new y=-");
        assert!(!table.covers("a", Some(Version::new(1, 20))));
        assert!(table.covers("a", Some(Version::new(1, 35))));
        assert!(!table.covers("a", None));
    }
}
