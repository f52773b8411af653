//! Addresses, networks and paths as Go's standard library and k8s.io/utils/net handle them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::node::go;

/// A network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Its first address.
    pub address: IpAddr,
    /// The length of its prefix.
    pub prefix: u32,
}

impl Network {
    /// `ParseCIDRSloppy`.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let plain = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix: u32 = prefix.parse().ok().filter(|_| plain)?;
        let address = go::sloppy_ip(address)?;
        let network = Self { address, prefix };
        (prefix <= network.bits()).then(|| network.masked())
    }

    /// `ParseCIDRs` of a comma-separated list.
    pub fn parse_list(text: &str) -> Option<Vec<Self>> {
        text.split(',').map(Self::parse).collect()
    }

    /// Whether it is one of IPv6.
    pub fn is_ipv6(&self) -> bool {
        self.address.is_ipv6()
    }

    /// How many bits an address of its family has.
    pub fn bits(&self) -> u32 {
        if self.is_ipv6() { 128 } else { 32 }
    }

    /// The address with a number (`GetIndexedIP`); `None` outside of the network.
    pub fn nth(&self, index: u32) -> Option<IpAddr> {
        let host = self.bits() - self.prefix;
        if host < 32 && u64::from(index) >= 1u64 << host {
            return None;
        }
        match self.address {
            IpAddr::V4(ip) => u32::from(ip).checked_add(index).map(|ip| Ipv4Addr::from(ip).into()),
            IpAddr::V6(ip) => u128::from(ip).checked_add(index.into()).map(|ip| Ipv6Addr::from(ip).into()),
        }
    }

    fn masked(self) -> Self {
        let address = match self.address {
            IpAddr::V4(ip) => {
                let mask = u32::MAX.checked_shl(32 - self.prefix).unwrap_or(0);
                Ipv4Addr::from(u32::from(ip) & mask).into()
            }
            IpAddr::V6(ip) => {
                let mask = u128::MAX.checked_shl(128 - self.prefix).unwrap_or(0);
                Ipv6Addr::from(u128::from(ip) & mask).into()
            }
        };
        Self { address, ..self }
    }
}

/// `net.JoinHostPort`.
pub fn host_port(host: &str, port: &str) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// `net.SplitHostPort`.
pub fn split_host_port(text: &str) -> Option<(&str, &str)> {
    let (host, port) = text.rsplit_once(':')?;
    match host.strip_prefix('[') {
        Some(inner) => Some((inner.strip_suffix(']').filter(|inner| !inner.contains(['[', ']']))?, port)),
        None => (!host.contains([':', '[', ']']) && !port.contains(['[', ']'])).then_some((host, port)),
    }
}

/// `filepath.Join` of two parts.
pub fn join(directory: &str, file: &str) -> String {
    let rooted = directory.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(file.split('/')).filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            ("..", None) if rooted => {}
            _ => parts.push(part),
        }
    }
    format!("{}{}", if rooted { "/" } else { "" }, parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_have_addresses() {
        let tenth = |text: &str| Network::parse(text).and_then(|network| network.nth(10)).map(|ip| ip.to_string());
        assert_eq!(tenth("10.96.0.0/12").as_deref(), Some("10.96.0.10"));
        assert_eq!(tenth("fd00:10:96::/112").as_deref(), Some("fd00:10:96::a"));
        assert_eq!(tenth("10.0.0.0/29"), None);
        assert_eq!(tenth("10.0.0.5/0").as_deref(), Some("0.0.0.10"));
        assert_eq!(tenth("10.0.0.0/33"), None);
        assert_eq!(tenth("10.0.0.0/+8"), None);
    }

    #[test]
    fn hosts_and_ports_and_paths() {
        assert_eq!(host_port("::1", "2379"), "[::1]:2379");
        assert_eq!(split_host_port("[::1]:6443"), Some(("::1", "6443")));
        assert_eq!(split_host_port("::1:6443"), None);
        assert_eq!(join("/a//b/../c/", "etcd/ca.crt"), "/a/c/etcd/ca.crt");
        assert_eq!(join("/..", "x"), "/x");
    }
}
