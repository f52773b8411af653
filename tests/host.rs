//! The story of host values: which line decided, which lines are dead and why; and no input is too strange to be read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;

use portcullis::model::{Location, Source};
use portcullis::node::sshd::{self, Connection};
use portcullis::node::sysctl::{self, INTERFACES};
use portcullis::node::{Effective, Entry, Note, Origin, Setting, Tree};
use proptest::prelude::*;

fn tree(files: &[(&str, &str)]) -> Tree {
    Tree::new(files.iter().map(|&(path, text)| {
        let entry = match text.strip_prefix("->") {
            Some(target) => Entry::Link(target.to_owned()),
            None => Entry::File { source: Arc::new(Source::new(path, text)), byte_order_mark: false },
        };
        (path.to_owned(), entry)
    }))
}

fn at(place: &Location) -> String {
    format!("{}:{} {}", place.source.path(), place.region().start.line(), place.source.slice(place.span))
}

fn story(setting: &Setting) -> Vec<String> {
    let value = match &setting.value {
        Effective::Known(value) => value.to_string(),
        Effective::Unknown(reason) => format!("unknown: {reason}"),
    };
    let place = setting.place.as_ref().map(at).unwrap_or_default();
    let lost = setting.overridden.iter().map(|lost| format!("{} ({})", at(&lost.place), lost.why));
    [format!("{value} {:?} {place}", setting.origin)].into_iter().chain(lost).collect()
}

fn messages(notes: &[Note]) -> String {
    notes
        .iter()
        .map(|note| format!("{}: {}\n", note.place.as_ref().map(at).unwrap_or_default(), note.message))
        .collect()
}

#[test]
fn the_first_line_of_sshd_wins_and_the_dead_ones_are_named() {
    let host = sshd::read(&tree(&[
        (
            "etc/ssh/sshd_config",
            "Include sshd_config.d/*.conf\nPasswordAuthentication no # hardened\nPort 22\nPort 2222\n",
        ),
        ("etc/ssh/sshd_config.d/50-cloud-init.conf", "PasswordAuthentication yes\n"),
        ("etc/ssh/sshd_config.d/notes.txt", "PermitRootLogin no\n"),
    ]))
    .unwrap();
    assert_eq!(
        story(&host.settings["passwordauthentication"]),
        [
            "\"yes\" DropIn etc/ssh/sshd_config.d/50-cloud-init.conf:1 yes",
            "etc/ssh/sshd_config:2 no (an earlier line sets it; the first value wins)"
        ]
    );
    assert_eq!(story(&host.settings["port"]), ["[\"22\",\"2222\"] File etc/ssh/sshd_config:3 22"]);
    assert_eq!(host.parts["port"].iter().map(at).collect::<Vec<_>>()[1], "etc/ssh/sshd_config:4 2222");
    assert_eq!(host.settings["permitrootlogin"].origin, Origin::Default);
    let notices = messages(&host.notices);
    assert!(notices.contains("50-cloud-init.conf, can set values here"), "{notices}");
    assert!(notices.contains("no Include of sshd reads this file"), "{notices}");
}

#[test]
fn match_blocks_of_sshd_are_conditional_except_match_all() {
    let text = "PermitRootLogin yes\nMatch User backup Address 10.0.0.0/8\n  PasswordAuthentication yes\nMatch all\n  PermitRootLogin no\n";
    let host = sshd::read(&tree(&[("etc/ssh/sshd_config", text)])).unwrap();
    assert_eq!(
        story(&host.settings["permitrootlogin"]),
        [
            "\"no\" File etc/ssh/sshd_config:5 no",
            "etc/ssh/sshd_config:1 yes (a Match block that applies beats the lines outside of it)"
        ]
    );
    let [block] = host.conditional.as_slice() else { panic!("{:?}", host.conditional) };
    assert_eq!(at(&block.criteria[0]), "etc/ssh/sshd_config:2 User backup Address 10.0.0.0/8");
    assert_eq!(story(&block.settings["passwordauthentication"]), ["\"yes\" File etc/ssh/sshd_config:3 yes"]);
}

#[test]
fn an_sshd_that_would_not_start_has_no_known_values() {
    for (text, problem) in [
        (
            "PermitRootLogins no\n",
            "etc/ssh/sshd_config:1 PermitRootLogins no: `PermitRootLogins` is no keyword of sshd; `permitrootlogin`",
        ),
        ("# x\nPermitRootLogin nope\n", "etc/ssh/sshd_config:2 PermitRootLogin nope: `PermitRootLogin` needs one of"),
        ("Match User x\nPort 22\n", "is not allowed in a Match block"),
        ("Subsystem sftp internal-sftp\nSubsystem sftp /x\n", "defines `sftp` a second time"),
        ("Include sshd_config\n", "more than 16 levels"),
        ("AuthorizedKeysCommand /x\n", "needs `authorizedkeyscommanduser`"),
        ("AuthenticationMethods hostbased\n", "a method that is switched off"),
    ] {
        let host = sshd::read(&tree(&[("etc/ssh/sshd_config", text)])).unwrap();
        let problems = messages(&host.problems);
        assert!(problems.contains(problem), "{problems}");
        assert!(
            matches!(&host.settings["permitrootlogin"].value, Effective::Unknown(reason) if reason.contains("not start"))
        );
    }
}

#[test]
fn what_the_repository_does_not_show_is_unknown() {
    let drop_in = sshd::read(&tree(&[("etc/ssh/sshd_config.d/10-a.conf", "PermitRootLogin no\n")])).unwrap();
    assert_eq!(story(&drop_in.settings["permitrootlogin"])[0], "\"no\" DropIn etc/ssh/sshd_config.d/10-a.conf:1 no");
    assert!(matches!(drop_in.settings["x11forwarding"].value, Effective::Unknown(_)));
    let template = sshd::read(&tree(&[("etc/ssh/sshd_config", "PermitRootLogin {{ root }}\nUsePAM yes\n")])).unwrap();
    assert!(matches!(template.settings["permitrootlogin"].value, Effective::Unknown(_)));
    assert!(matches!(template.settings["usepam"].value, Effective::Known(_)));
    let statement = sshd::read(&tree(&[("etc/ssh/sshd_config", "{% if x %}\nUsePAM yes\n{% endif %}\n")])).unwrap();
    assert!(matches!(statement.settings["usepam"].value, Effective::Unknown(_)));
    let host = sysctl::read(&tree(&[("etc/sysctl.d/a.conf", "kernel.sysrq = ${sysrq}\n")]), &INTERFACES).unwrap();
    assert!(matches!(host.settings["kernel.sysrq"].value, Effective::Unknown(_)));
    let newer = "PerSourcePenalties yes\nKexAlgorithms mlkem768x25519-sha256\nMatch invalid-user\n  MaxAuthTries 1\n";
    let newer = sshd::read(&tree(&[("etc/ssh/sshd_config", newer)])).unwrap();
    assert!(newer.problems.is_empty(), "{}", messages(&newer.problems));
    assert!(messages(&newer.notices).contains("needs OpenSSH 9.8 or later"));
    assert_eq!(newer.conditional.len(), 1);
    let hidden = "PermitRootLogin no\nInclude /etc/ssh/extra.conf\nUsePAM yes\n";
    let hidden = sshd::read(&tree(&[("etc/ssh/sshd_config", hidden)])).unwrap();
    let is_known = |key| matches!(hidden.settings[key].value, Effective::Known(_));
    assert!(is_known("permitrootlogin") && !is_known("usepam") && !is_known("x11forwarding"));
    let dangling = sysctl::read(&tree(&[("etc/sysctl.d/a.conf", "->/srv/a.conf")]), &INTERFACES).unwrap();
    assert!(dangling.incomplete.unwrap().contains("a.conf"));
    assert!(sshd::read(&tree(&[])).is_none() && sysctl::read(&tree(&[]), &INTERFACES).is_none());
}

#[test]
fn sysctl_says_which_line_decides() {
    let host = sysctl::read(
        &tree(&[
            ("etc/sysctl.d/50-a.conf", "kernel.sysrq = 0\nnet.ipv4.conf.eth0.rp_filter = 0\nkernel.sysrq 1\n"),
            ("etc/sysctl.d/90-b.conf", "net.ipv4.conf.*.rp_filter = 1\nnet.ipv4.conf.all.rp_fliter = 1\n"),
            ("usr/lib/sysctl.d/50-a.conf", "kernel.sysrq = 16\n"),
            ("usr/lib/sysctl.d/99-z.conf", "kernel/sysrq = 176 # all\n"),
            ("etc/sysctl.conf", "kernel.sysrq = 1\n"),
        ]),
        &INTERFACES,
    )
    .unwrap();
    assert_eq!(
        story(&host.settings["kernel.sysrq"]),
        [
            "\"176 # all\" DropIn usr/lib/sysctl.d/99-z.conf:1 176 # all",
            "etc/sysctl.d/50-a.conf:1 0 (a later line sets the parameter)",
            "usr/lib/sysctl.d/50-a.conf:1 16 (the file is not read: `etc/sysctl.d/50-a.conf` has the same name and comes first)",
            "etc/sysctl.conf:1 1 (the file is not read: only a link in etc/sysctl.d leads systemd-sysctl to it)",
        ]
    );
    assert_eq!(
        story(&host.settings["net.ipv4.conf.eth0.rp_filter"]),
        [
            "\"0\" DropIn etc/sysctl.d/50-a.conf:2 0",
            "etc/sysctl.d/90-b.conf:1 1 (a line that names the parameter beats a glob, wherever it stands)"
        ]
    );
    assert!(messages(&host.problems).contains("etc/sysctl.d/50-a.conf:3 kernel.sysrq 1: the line is no assignment"));
    let notices = messages(&host.notices);
    for expected in [
        "`sysctl --system` would set `kernel.sysrq` to `1`, which is `176 # all` after boot",
        "`rp_filter` is spelled alike",
        "the comment is part of the value",
    ] {
        assert!(notices.contains(expected), "{notices}");
    }
}

#[test]
fn includes_that_multiply_come_to_an_end() {
    let all = "Include sshd_config.d/*.conf\n".repeat(50);
    let names: Vec<String> = (0..50).map(|at| format!("etc/ssh/sshd_config.d/{at}.conf")).collect();
    let mut files = vec![("etc/ssh/sshd_config", all.as_str())];
    files.extend(names.iter().map(|name| (name.as_str(), all.as_str())));
    let host = sshd::read(&tree(&files)).unwrap();
    assert_eq!(host.problems.len(), 1);
    let layers: Vec<(String, String)> = (0..16)
        .map(|at| (format!("etc/ssh/l{at}"), format!("Include l{}\n", at + 1).repeat(9)))
        .chain([("etc/ssh/sshd_config".to_owned(), "Include l0\n".to_owned())])
        .collect();
    let files: Vec<(&str, &str)> = layers.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert!(messages(&sshd::read(&tree(&files)).unwrap().problems).contains("more included files than are read"));
}

const WORDS: [&str; 40] = [
    "PermitRootLogin",
    "Match",
    "User",
    "all",
    "Include",
    "sshd_config.d/*",
    "Address",
    "10.0.0.0/8",
    "no",
    "yes",
    "=",
    "\"",
    "'",
    "#",
    "\\",
    "\n",
    "\n",
    "\r\n",
    "\t",
    " ",
    " ",
    "Ciphers",
    "-*",
    "+aes128-cbc",
    "RekeyLimit",
    "1G",
    "ListenAddress",
    "[::1]:22",
    "{{ x }}",
    "{% if %}",
    "kernel.sysrq",
    "net.ipv4.conf.*.rp_filter",
    "-",
    "/",
    ".",
    "é",
    "\0",
    "MaxStartups",
    "10:30:60",
    "sshd_config",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn every_text_is_read(
        main in proptest::collection::vec(proptest::sample::select(WORDS.as_slice()), 0..60),
        other in proptest::collection::vec(proptest::sample::select(WORDS.as_slice()), 0..40),
        noise in "\\PC{0,40}",
    ) {
        let (main, other) = (main.concat() + &noise, other.join(" "));
        let tree = tree(&[
            ("etc/ssh/sshd_config", &main),
            ("etc/ssh/sshd_config.d/a.conf", &other),
            ("etc/sysctl.d/a.conf", &main),
            ("etc/sysctl.d/b.conf", &other),
            ("etc/sysctl.d/c.conf", "->../sysctl.conf"),
            ("etc/sysctl.conf", &noise),
        ]);
        let connection = Connection { user: Some("root".into()), address: Some("10.0.0.1".into()), ..Connection::default() };
        let _ = sshd::print(&tree, &connection);
        let sshd = sshd::read(&tree).unwrap();
        let sysctl = sysctl::read(&tree, &INTERFACES).unwrap();
        let notes = [&sshd.problems, &sshd.notices, &sysctl.problems, &sysctl.notices];
        let mut places: Vec<&Location> = notes.into_iter().flatten().filter_map(|note| note.place.as_ref()).collect();
        let conditional = sshd.conditional.iter().flat_map(|block| block.settings.values());
        for setting in sshd.settings.values().chain(conditional).chain(sysctl.settings.values()) {
            places.extend(&setting.place);
            places.extend(setting.overridden.iter().map(|lost| &lost.place));
        }
        places.extend(sshd.conditional.iter().flat_map(|block| &block.criteria));
        for place in places {
            prop_assert!(place.source.text().get(place.span.range()).is_some());
        }
    }
}
