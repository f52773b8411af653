//! The criteria of a Match line, and whether a connection meets them (`match_cfg_line` of OpenSSH 9.2 `servconf.c`).

use super::address::{self, NetworkMatch};
use super::words::{self, Rest};
use crate::node::pattern::{ListMatch, wildcard_list};

/// What is known of a connection; the default is that of `sshd -T` without `-C`, nothing.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// The user that wants to log in.
    pub user: Option<String>,
    /// The groups of that user.
    pub groups: Vec<String>,
    /// The name of the remote host.
    pub host: Option<String>,
    /// The address of the remote host.
    pub address: Option<String>,
    /// The address that sshd was reached at.
    pub local_address: Option<String>,
    /// The port that sshd was reached at.
    pub local_port: Option<u16>,
}

/// The criteria of one Match line, all of which have to be met.
#[derive(Debug, Clone)]
pub struct Criteria {
    all: bool,
    items: Vec<(Attribute, String)>,
    /// Whether something stands behind them that belongs to no criterion.
    pub has_rest: bool,
    /// Whether `invalid-user` is among them, which OpenSSH knows since 9.9.
    pub is_newer: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attribute {
    User,
    Group,
    Host,
    Address,
    LocalAddress,
    LocalPort,
    Domain,
}

impl Criteria {
    /// The criteria behind `Match`, or what sshd has against them.
    pub fn parse(rest: Rest<'_>) -> Result<Self, String> {
        let mut rest = Some(rest);
        let mut criteria = Self { all: false, items: Vec::new(), has_rest: false, is_newer: false };
        while let Some(name) = words::next(&mut rest).filter(|name| !name.is_empty()) {
            if name.starts_with('#') {
                rest = None;
                break;
            }
            if name.eq_ignore_ascii_case("invalid-user") {
                criteria.is_newer = true;
                continue;
            }
            let argument = words::next(&mut rest).filter(|text| !text.is_empty() && !text.starts_with('#'));
            if name.eq_ignore_ascii_case("all") {
                if !criteria.items.is_empty() || criteria.is_newer || argument.is_some() {
                    return Err("has `all` together with other criteria".to_owned());
                }
                return Ok(Self { all: true, ..criteria });
            }
            let attribute = attribute(&name).ok_or_else(|| format!("has an unknown criterion `{name}`"))?;
            let argument = argument.ok_or_else(|| format!("has no value for `{name}`"))?;
            check(attribute, &argument)?;
            criteria.items.push((attribute, argument));
        }
        if criteria.items.is_empty() && !criteria.is_newer {
            return Err("has no criterion".to_owned());
        }
        criteria.has_rest = rest.is_some_and(|rest| !rest.text.is_empty());
        Ok(criteria)
    }

    /// Whether it is `Match all`, which needs no connection.
    pub fn is_all(&self) -> bool {
        self.all
    }

    /// Whether a connection meets all of them; an error where `sshd -T` gives up.
    pub fn meets(&self, connection: &Connection) -> Result<bool, String> {
        let mut met = !self.is_newer;
        for (attribute, argument) in &self.items {
            met &= one(*attribute, argument, connection)?;
        }
        Ok(met)
    }
}

fn attribute(name: &str) -> Option<Attribute> {
    Some(match name.to_ascii_lowercase().as_str() {
        "user" => Attribute::User,
        "group" => Attribute::Group,
        "host" => Attribute::Host,
        "address" => Attribute::Address,
        "localaddress" => Attribute::LocalAddress,
        "localport" => Attribute::LocalPort,
        "rdomain" => Attribute::Domain,
        _ => return None,
    })
}

fn check(attribute: Attribute, argument: &str) -> Result<(), String> {
    let valid = match attribute {
        Attribute::Address | Attribute::LocalAddress => address::is_valid_list(argument),
        Attribute::LocalPort => address::port(argument).is_some(),
        _ => true,
    };
    if valid { Ok(()) } else { Err(format!("has a criterion that cannot have `{argument}`")) }
}

fn one(attribute: Attribute, argument: &str, connection: &Connection) -> Result<bool, String> {
    let in_network = |address: &Option<String>| {
        let address = address.as_deref();
        address.is_some_and(|address| address::match_list(argument, Some(address)) == NetworkMatch::Yes)
    };
    let matches = |text: &str, list: &str| wildcard_list(list, text) == ListMatch::Yes;
    Ok(match attribute {
        Attribute::User => connection.user.as_deref().is_some_and(|user| matches(user, argument)),
        Attribute::Group => connection.user.is_some() && in_group(&connection.groups, argument),
        Attribute::Host => {
            let host = connection.host.as_ref().map(|host| host.to_lowercase());
            host.is_some_and(|host| matches(&host, &argument.to_lowercase()))
        }
        Attribute::Address => in_network(&connection.address),
        Attribute::LocalAddress => in_network(&connection.local_address),
        // `sshd -T` leaves the port at 0 and takes that for a missing one.
        Attribute::LocalPort => match connection.local_port {
            Some(port) => address::port(argument) == Some(port),
            None => return Err("asks for the local port, which `sshd -T` knows only from `-C lport=`".to_owned()),
        },
        Attribute::Domain => false,
    })
}

fn in_group(groups: &[String], list: &str) -> bool {
    let mut found = false;
    for group in groups {
        match wildcard_list(list, group) {
            ListMatch::Negated => return false,
            ListMatch::Yes => found = true,
            ListMatch::No => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meets(text: &str, user: &str, address: &str) -> Result<bool, String> {
        let connection = Connection { user: Some(user.into()), address: Some(address.into()), ..Connection::default() };
        Criteria::parse(Rest { text, at: 0 })?.meets(&connection)
    }

    #[test]
    fn all_criteria_have_to_be_met() {
        assert_eq!(meets("User !root,* Address !10.0.0.0/8,*", "alice", "192.0.2.1"), Ok(true));
        assert_eq!(meets("User !root,* Address !10.0.0.0/8,*", "alice", "10.0.0.1"), Ok(false));
        assert_eq!(meets("all", "alice", "10.0.0.1"), Ok(true));
        assert_eq!(meets("User=alice # comment", "alice", "10.0.0.1"), Ok(true));
        for refused in ["all User x", "User x all", "User", "Users x", "Address 10.0.0.1/8", "# nothing", "LocalPort x"]
        {
            assert!(meets(refused, "alice", "10.0.0.1").is_err(), "{refused}");
        }
    }
}
