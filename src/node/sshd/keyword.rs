//! The keywords of sshd_config, as the table in OpenSSH 9.2 `servconf.c` with Debian's patches has them.

use Kind::{Choice, Integer, Time};
use Merge::{Append, First, Last};

use super::algorithm::Family;
use super::form::Form;
use super::value::Check;

/// One name that may begin a line.
#[derive(Debug)]
pub struct Keyword {
    /// The name in lower case.
    pub name: &'static str,
    /// The name that `sshd -T` prints; aliases share it.
    pub key: &'static str,
    /// Whether it may stand in a Match block.
    pub in_match: bool,
    /// How its arguments are read.
    pub kind: Kind,
    /// Which of several lines counts.
    pub merge: Merge,
}

/// How arguments are read.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// One of some words in any case, each with the word that `sshd -T` prints for it.
    Choice(&'static [(&'static str, &'static str)]),
    /// The same, in lower case only.
    ExactChoice(&'static [(&'static str, &'static str)]),
    /// A whole number from 0.
    Integer,
    /// A time such as `1m30s`, in seconds.
    Time,
    /// One path, taken relative to `/` where it is relative; `none` stays.
    File,
    /// One word as it is.
    Word,
    /// One path in which `~` is expanded.
    Home,
    /// The rest of the line with its quotes and comments.
    Rest,
    /// The rest of the line, which has to be an absolute path or `none`.
    Command,
    /// A list of algorithms.
    Algorithms(Family),
    /// Any number of words.
    Words(Check),
    /// A form of its own.
    Special(Form),
    /// `Include`.
    Include,
    /// `Match`.
    Match,
    /// Known, and without effect; the text says why.
    Ignored(&'static str),
    /// Fatal on Linux.
    Unsupported,
    /// Fatal before this version of OpenSSH.
    Since(&'static str),
}

/// Which of several lines counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// The first.
    First,
    /// The last.
    Last,
    /// All of them.
    Append,
}

/// The keyword that a line begins with, in any case.
pub fn find(name: &str) -> Option<&'static Keyword> {
    let name = name.to_ascii_lowercase();
    KEYWORDS.iter().find(|keyword| keyword.name == name)
}

/// Every name.
pub fn names() -> impl Iterator<Item = &'static str> {
    KEYWORDS.iter().map(|keyword| keyword.name)
}

const YES_NO: Kind = Choice(&[("yes", "yes"), ("no", "no")]);
const ROOT_LOGIN: Kind = Choice(&[
    ("without-password", "without-password"),
    ("prohibit-password", "without-password"),
    ("forced-commands-only", "forced-commands-only"),
    ("yes", "yes"),
    ("no", "no"),
]);
const RHOSTS: Kind = Choice(&[("yes", "yes"), ("no", "no"), ("shosts-only", "shosts-only")]);
const ADDRESSES: Kind = Choice(&[("inet", "inet"), ("inet6", "inet6"), ("any", "any")]);
const COMPRESSION: Kind = Choice(&[("yes", "yes"), ("delayed", "yes"), ("no", "no")]);
const GATEWAY: Kind = Choice(&[("clientspecified", "clientspecified"), ("yes", "yes"), ("no", "no")]);
const FORWARDING: Kind =
    Choice(&[("yes", "yes"), ("all", "yes"), ("no", "no"), ("remote", "remote"), ("local", "local")]);
const TUNNEL: Kind =
    Kind::ExactChoice(&[("no", "no"), ("point-to-point", "point-to-point"), ("ethernet", "ethernet"), ("yes", "yes")]);
const HASHES: Kind =
    Choice(&[("MD5", "MD5"), ("SHA1", "SHA1"), ("SHA256", "SHA256"), ("SHA384", "SHA384"), ("SHA512", "SHA512")]);
const LEVELS: Kind = Choice(&[
    ("QUIET", "SILENT"),
    ("SILENT", "SILENT"),
    ("FATAL", "FATAL"),
    ("ERROR", "ERROR"),
    ("INFO", "INFO"),
    ("VERBOSE", "VERBOSE"),
    ("DEBUG", "DEBUG"),
    ("DEBUG1", "DEBUG"),
    ("DEBUG2", "DEBUG2"),
    ("DEBUG3", "DEBUG3"),
]);
const FACILITIES: Kind = Choice(&[
    ("DAEMON", "DAEMON"),
    ("USER", "USER"),
    ("AUTH", "AUTH"),
    ("AUTHPRIV", "AUTHPRIV"),
    ("LOCAL0", "LOCAL0"),
    ("LOCAL1", "LOCAL1"),
    ("LOCAL2", "LOCAL2"),
    ("LOCAL3", "LOCAL3"),
    ("LOCAL4", "LOCAL4"),
    ("LOCAL5", "LOCAL5"),
    ("LOCAL6", "LOCAL6"),
    ("LOCAL7", "LOCAL7"),
]);
const DEPRECATED: Kind = Kind::Ignored("sshd has dropped this keyword and only warns");
const NOT_BUILT_IN: Kind = Kind::Ignored("this sshd is built without the feature and only warns");
const PROTOCOL: Kind = Kind::Ignored("sshd speaks protocol 2 only and ignores this keyword");

const fn global(name: &'static str, kind: Kind, merge: Merge) -> Keyword {
    Keyword { name, key: name, in_match: false, kind, merge }
}

const fn anywhere(name: &'static str, kind: Kind, merge: Merge) -> Keyword {
    Keyword { name, key: name, in_match: true, kind, merge }
}

const fn alias(name: &'static str, key: &'static str, in_match: bool, kind: Kind, merge: Merge) -> Keyword {
    Keyword { name, key, in_match, kind, merge }
}

const HOST_KEY_TYPES: Kind = Kind::Algorithms(Family::Keys);

#[rustfmt::skip]
static KEYWORDS: &[Keyword] = &[
    global("usepam", YES_NO, First),
    global("pamauthenticationviakbdint", DEPRECATED, First),
    global("port", Kind::Special(Form::Port), Append),
    global("hostkey", Kind::File, Append),
    alias("hostdsakey", "hostkey", false, Kind::File, Append),
    global("hostkeyagent", Kind::Special(Form::Agent), First),
    global("pidfile", Kind::File, First),
    global("modulifile", Kind::File, First),
    global("serverkeybits", DEPRECATED, First),
    global("logingracetime", Time, First),
    global("keyregenerationinterval", DEPRECATED, First),
    anywhere("permitrootlogin", ROOT_LOGIN, First),
    global("syslogfacility", FACILITIES, First),
    anywhere("loglevel", LEVELS, First),
    anywhere("logverbose", Kind::Words(Check::NoneAlone), First),
    global("rhostsauthentication", DEPRECATED, First),
    anywhere("rhostsrsaauthentication", DEPRECATED, First),
    anywhere("hostbasedauthentication", YES_NO, First),
    anywhere("hostbasedusesnamefrompacketonly", YES_NO, First),
    anywhere("hostbasedacceptedalgorithms", HOST_KEY_TYPES, First),
    alias("hostbasedacceptedkeytypes", "hostbasedacceptedalgorithms", true, HOST_KEY_TYPES, First),
    global("hostkeyalgorithms", HOST_KEY_TYPES, First),
    anywhere("rsaauthentication", DEPRECATED, First),
    anywhere("pubkeyauthentication", YES_NO, First),
    anywhere("pubkeyacceptedalgorithms", HOST_KEY_TYPES, First),
    alias("pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms", true, HOST_KEY_TYPES, First),
    anywhere("pubkeyauthoptions", Kind::Special(Form::PubkeyOptions), First),
    alias("dsaauthentication", "pubkeyauthentication", false, YES_NO, First),
    anywhere("kerberosauthentication", YES_NO, First),
    global("kerberosorlocalpasswd", YES_NO, First),
    global("kerberosticketcleanup", YES_NO, First),
    global("kerberosgetafstoken", NOT_BUILT_IN, First),
    global("kerberostgtpassing", NOT_BUILT_IN, First),
    global("afstokenpassing", NOT_BUILT_IN, First),
    anywhere("gssapiauthentication", YES_NO, First),
    global("gssapicleanupcredentials", YES_NO, First),
    alias("gssapicleanupcreds", "gssapicleanupcredentials", false, YES_NO, First),
    global("gssapistrictacceptorcheck", YES_NO, First),
    global("gssapikeyexchange", YES_NO, First),
    global("gssapistorecredentialsonrekey", YES_NO, First),
    global("gssapikexalgorithms", Kind::Algorithms(Family::GssKex), First),
    global("gssusesessionccache", NOT_BUILT_IN, First),
    global("gssapiusesessioncredcache", NOT_BUILT_IN, First),
    anywhere("passwordauthentication", YES_NO, First),
    anywhere("kbdinteractiveauthentication", YES_NO, First),
    alias("challengeresponseauthentication", "kbdinteractiveauthentication", true, YES_NO, First),
    alias("skeyauthentication", "kbdinteractiveauthentication", true, YES_NO, First),
    global("checkmail", DEPRECATED, First),
    global("listenaddress", Kind::Special(Form::Listen), Append),
    global("addressfamily", ADDRESSES, First),
    global("printmotd", YES_NO, First),
    global("printlastlog", YES_NO, First),
    anywhere("ignorerhosts", RHOSTS, First),
    global("ignoreuserknownhosts", YES_NO, First),
    anywhere("x11forwarding", YES_NO, First),
    anywhere("x11displayoffset", Integer, First),
    anywhere("x11uselocalhost", YES_NO, First),
    global("xauthlocation", Kind::File, First),
    global("strictmodes", YES_NO, First),
    global("permitblacklistedkeys", DEPRECATED, First),
    anywhere("permitemptypasswords", YES_NO, First),
    global("permituserenvironment", Kind::Special(Form::UserEnvironment), First),
    global("uselogin", DEPRECATED, First),
    global("compression", COMPRESSION, First),
    anywhere("rekeylimit", Kind::Special(Form::Rekey), First),
    global("tcpkeepalive", YES_NO, First),
    alias("keepalive", "tcpkeepalive", false, YES_NO, First),
    anywhere("allowtcpforwarding", FORWARDING, First),
    anywhere("allowagentforwarding", YES_NO, First),
    anywhere("allowusers", Kind::Words(Check::User), Append),
    anywhere("denyusers", Kind::Words(Check::User), Append),
    anywhere("allowgroups", Kind::Words(Check::NotEmpty), Append),
    anywhere("denygroups", Kind::Words(Check::NotEmpty), Append),
    global("ciphers", Kind::Algorithms(Family::Ciphers), First),
    global("macs", Kind::Algorithms(Family::Macs), First),
    global("protocol", PROTOCOL, First),
    anywhere("gatewayports", GATEWAY, First),
    global("subsystem", Kind::Special(Form::Subsystem), Append),
    global("maxstartups", Kind::Special(Form::Startups), Last),
    global("persourcemaxstartups", Kind::Special(Form::SourceStartups), Last),
    global("persourcenetblocksize", Kind::Special(Form::NetBlock), Last),
    anywhere("maxauthtries", Integer, First),
    anywhere("maxsessions", Integer, First),
    anywhere("banner", Kind::File, First),
    global("usedns", YES_NO, First),
    global("verifyreversemapping", DEPRECATED, First),
    global("reversemappingcheck", DEPRECATED, First),
    anywhere("clientaliveinterval", Time, First),
    anywhere("clientalivecountmax", Integer, First),
    anywhere("authorizedkeysfile", Kind::Words(Check::Home), First),
    anywhere("authorizedkeysfile2", DEPRECATED, First),
    global("useprivilegeseparation", DEPRECATED, First),
    anywhere("acceptenv", Kind::Words(Check::Variable), Append),
    anywhere("setenv", Kind::Words(Check::Assignment), First),
    anywhere("permittunnel", TUNNEL, First),
    anywhere("permittty", YES_NO, First),
    anywhere("permituserrc", YES_NO, First),
    anywhere("match", Kind::Match, First),
    anywhere("permitopen", Kind::Special(Form::PermitOpen), First),
    anywhere("permitlisten", Kind::Special(Form::PermitListen), First),
    anywhere("forcecommand", Kind::Rest, First),
    anywhere("chrootdirectory", Kind::Word, First),
    global("hostcertificate", Kind::File, Append),
    anywhere("revokedkeys", Kind::File, First),
    anywhere("trustedusercakeys", Kind::File, First),
    anywhere("authorizedprincipalsfile", Kind::Home, First),
    global("kexalgorithms", Kind::Algorithms(Family::Kex), First),
    anywhere("include", Kind::Include, First),
    anywhere("ipqos", Kind::Special(Form::Qos), Last),
    anywhere("authorizedkeyscommand", Kind::Command, First),
    anywhere("authorizedkeyscommanduser", Kind::Word, First),
    // servconf.c asks whether the *other* command is set before it takes this one, so a later line replaces it.
    anywhere("authorizedprincipalscommand", Kind::Command, Last),
    anywhere("authorizedprincipalscommanduser", Kind::Word, First),
    global("versionaddendum", Kind::Rest, First),
    anywhere("authenticationmethods", Kind::Special(Form::Methods), First),
    anywhere("streamlocalbindmask", Kind::Special(Form::Mask), Last),
    anywhere("streamlocalbindunlink", YES_NO, First),
    anywhere("allowstreamlocalforwarding", FORWARDING, First),
    global("fingerprinthash", HASHES, Last),
    anywhere("disableforwarding", YES_NO, First),
    anywhere("exposeauthinfo", YES_NO, First),
    anywhere("rdomain", Kind::Unsupported, First),
    anywhere("casignaturealgorithms", Kind::Algorithms(Family::Signatures), First),
    global("securitykeyprovider", Kind::Special(Form::Provider), First),
    anywhere("requiredrsasize", Integer, First),
    anywhere("channeltimeout", Kind::Words(Check::Timeout), First),
    anywhere("unusedconnectiontimeout", Kind::Special(Form::Unused), First),
    global("debianbanner", YES_NO, First),
    global("persourcepenalties", Kind::Since("9.8"), First),
    global("persourcepenaltyexemptlist", Kind::Since("9.8"), First),
    global("pamservicename", Kind::Since("9.8"), First),
    global("sshdsessionpath", Kind::Since("9.8"), First),
    global("sshdauthpath", Kind::Since("10.0"), First),
    anywhere("refuseconnection", Kind::Since("9.9"), First),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_once() {
        assert_eq!(find("ChallengeResponseAuthentication").map(|word| word.key), Some("kbdinteractiveauthentication"));
        assert!(find("PermitRootLogins").is_none());
        let mut names: Vec<&str> = KEYWORDS.iter().map(|word| word.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KEYWORDS.len());
    }
}
