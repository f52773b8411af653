//! Which flags a program has, of which kind and with which default, by version.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::component::Program;
use super::flag_kind::Kind;
use super::table::Table;
use super::version::Version;

/// A flag of one program.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// The name, without dashes in front.
    pub name: &'static str,
    /// How its text is read.
    pub kind: Kind,
    /// The default, as the program prints it.
    pub default: &'static str,
}

/// The flags of one program in one version.
#[derive(Debug, Clone)]
pub struct FlagTable {
    flags: BTreeMap<&'static str, Flag>,
    /// Whether a flag that is not in the table certainly does not exist.
    pub complete: bool,
}

impl FlagTable {
    /// The table of a version, or of the nearest lower one that is known; without a version, every flag that ever was.
    pub fn of(program: Program, version: Option<Version>) -> Self {
        let rows = FLAGS.rows(program.word(), version);
        let flag = |row: &super::table::Row| {
            Some(Flag { name: row.cell(0), kind: Kind::of_word(row.cell(1))?, default: row.cell(2) })
        };
        let flags = rows.filter_map(flag).map(|flag| (flag.name, flag)).collect();
        Self { flags, complete: FLAGS.covers(program.word(), version) }
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

static FLAGS: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("data/flags.tsv"), 3));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_flag() {
        for program in Program::ALL {
            assert!(FLAGS.rows(program.word(), None).all(|row| Kind::of_word(row.cell(1)).is_some()), "{program}");
            assert!(FlagTable::of(program, None).iter().count() > 50, "{program}");
        }
    }

    #[test]
    fn flags_come_and_go_and_defaults_change() {
        let table = |minor| FlagTable::of(Program::Kubelet, Some(Version::new(1, minor)));
        assert!(table(33).get("pod-infra-container-image").is_some());
        assert!(table(36).get("pod-infra-container-image").is_none());
        let age = |version| FlagTable::of(Program::ApiServer, version).get("audit-log-maxage").unwrap().default;
        assert_eq!(age(Some(Version::new(1, 35))), "0");
        assert_eq!(age(None), "366");
    }
}
