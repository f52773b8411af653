//! Which flags a program has, of which kind and with which default, by version. Data in, lookups out.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::component::Program;
use super::flag_value::Kind;
use super::version::Version;

/// A flag of one program, for the versions `since` to `until`.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// The name, without dashes in front.
    pub name: &'static str,
    /// How its text is read.
    pub kind: Kind,
    /// The default, as the program prints it.
    pub default: &'static str,
    since: Version,
    until: Option<Version>,
}

/// The flags of one program in one version.
#[derive(Debug, Clone)]
pub struct FlagTable {
    flags: BTreeMap<&'static str, Flag>,
    /// Whether a flag that is not in the table certainly does not exist.
    pub complete: bool,
}

impl FlagTable {
    /// The table of a version, or of the nearest lower one that is known.
    ///
    /// Below the first known version its table is used, and without a version the newest one along with every flag that
    /// ever was: such a table is not complete.
    pub fn of(program: Program, version: Option<Version>) -> Self {
        let rows = ROWS.get(program.word()).map(Vec::as_slice).unwrap_or_default();
        let first = rows.iter().map(|row| row.since).min().unwrap_or(Version::new(0, 0));
        let Some(wanted) = version else {
            // The newest row of a name comes last and stays.
            return Self { flags: rows.iter().map(|row| (row.name, *row)).collect(), complete: false };
        };
        let at = wanted.max(first);
        let current =
            rows.iter().filter(|row| row.since <= at && row.until.is_none_or(|until| at <= nearest(rows, until)));
        Self { flags: current.map(|row| (row.name, *row)).collect(), complete: wanted >= first }
    }

    /// The flag of a name.
    pub fn get(&self, name: &str) -> Option<&Flag> {
        self.flags.get(name)
    }

    /// Every flag, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Flag> {
        self.flags.values()
    }
}

/// The last version for which the facts of `until` stand: up to the next version that has facts of its own.
fn nearest(rows: &[Flag], until: Version) -> Version {
    let next = rows.iter().map(|row| row.since).filter(|&since| since > until).min();
    next.map_or(until, |next| Version::new(next.major, next.minor.saturating_sub(1)))
}

static ROWS: LazyLock<BTreeMap<&'static str, Vec<Flag>>> = LazyLock::new(|| {
    let mut rows: BTreeMap<_, Vec<Flag>> = BTreeMap::new();
    for line in include_str!("data/flags.tsv").lines().filter(|line| !line.starts_with('#')) {
        if let Some((program, flag)) = row(line) {
            rows.entry(program).or_default().push(flag);
        }
    }
    rows
});

fn row(line: &'static str) -> Option<(&'static str, Flag)> {
    let mut cells = line.split('\t');
    let program = cells.next()?;
    let (name, kind) = (cells.next()?, Kind::of_word(cells.next()?)?);
    let (since, until) = (Version::parse(cells.next()?)?, Version::parse(cells.next()?));
    Some((program, Flag { name, kind, default: cells.next()?, since, until }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read() {
        let lines = include_str!("data/flags.tsv").lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(ROWS.values().map(Vec::len).sum::<usize>(), lines);
    }

    #[test]
    fn a_version_takes_the_nearest_lower_table() {
        let age = |version| FlagTable::of(Program::ApiServer, version).get("audit-log-maxage").unwrap().default;
        assert_eq!(age(Some(Version::new(1, 28))), "0");
        assert_eq!(age(Some(Version::new(1, 35))), "0");
        assert_eq!(age(Some(Version::new(1, 40))), "366");
        assert_eq!(age(None), "366");
        let pause = |version| FlagTable::of(Program::Kubelet, version).get("pod-infra-container-image").is_some();
        assert!(pause(Some(Version::new(1, 33))));
        assert!(!pause(Some(Version::new(1, 36))));
        assert!(pause(None));
    }
}
