//! Names of kernel parameters: their two spellings, and which of them a kernel has.

use std::collections::BTreeSet;

use crate::node::pattern::{glob_segment, is_glob};

/// A key as written, as a path below `/proc/sys`: the first separator decides whether dots or slashes part the name
/// (`sysctl_normalize` of systemd and `slashdot` of procps agree).
pub fn path(written: &str) -> String {
    let dots_part =
        written.find(['.', '/']).is_some_and(|at| written.get(at..).is_some_and(|rest| rest.starts_with('.')));
    let path = if dots_part { swap(written) } else { written.to_owned() };
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    parts.join("/")
}

/// A path as sysctl prints it: with dots, and slashes where the path has dots.
pub fn dotted(path: &str) -> String {
    swap(path)
}

/// Why no kernel has the key, as far as its shape tells.
pub fn impossible(path: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.split('/').collect();
    let is_interface = interface_names(&parts).is_some();
    let ordinary = parts.iter().enumerate().filter(|(at, _)| !(is_interface && *at == 3)).map(|(_, part)| *part);
    let odd = |c: char| c == '.' || c.is_whitespace() || c.is_control() || (c.is_uppercase() && path != MIXED_CASE);
    match parts.as_slice() {
        [] | [_] => Some("it is no parameter of the kernel"),
        [first, ..] if !TOP.contains(first) => Some("the kernel has no such group of parameters"),
        ["net", "ipv4" | "ipv6", "conf" | "neigh", ..] if !is_interface => {
            Some("a parameter of an interface is written `INTERFACE.NAME`")
        }
        _ if ordinary.into_iter().any(|part| part.contains(odd)) => {
            Some("names of parameters have no capitals, no blanks, and one kind of separator")
        }
        _ => None,
    }
}

/// The names that an interface has at the key's place, if it is a key of an interface.
pub fn interface_names(parts: &[&str]) -> Option<&'static [&'static str]> {
    match parts {
        ["net", family, table, _, _] => {
            TABLES.iter().find(|(f, t, _)| f == family && t == table).map(|(_, _, names)| *names)
        }
        _ => None,
    }
}

/// The keys that a glob can match: those of the interfaces, and those that some line names.
pub fn candidates<'a>(interfaces: &[&str], named: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let mut keys: BTreeSet<String> =
        named.filter(|key| !is_glob(key) && impossible(key).is_none()).map(str::to_owned).collect();
    for (family, table, names) in TABLES {
        for interface in interfaces {
            keys.extend(names.iter().map(|name| format!("net/{family}/{table}/{interface}/{name}")));
        }
    }
    keys
}

/// The keys among the candidates that a glob matches.
pub fn matches<'a>(glob: &str, candidates: &'a BTreeSet<String>) -> Vec<&'a str> {
    let literal = glob.split(['*', '?', '[', '\\']).next().unwrap_or_default();
    let near = candidates.range(literal.to_owned()..).take_while(|key| key.starts_with(literal));
    near.filter(|key| matches_path(glob, key)).map(String::as_str).collect()
}

fn matches_path(glob: &str, key: &str) -> bool {
    let (mut patterns, mut parts) = (glob.split('/'), key.split('/'));
    loop {
        match (patterns.next(), parts.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if glob_segment(pattern, part) => {}
            _ => return false,
        }
    }
}

fn swap(text: &str) -> String {
    let swapped = text.chars().map(|c| match c {
        '.' => '/',
        '/' => '.',
        other => other,
    });
    swapped.collect()
}

const TOP: [&str; 10] = ["abi", "crypto", "debug", "dev", "fs", "kernel", "net", "sunrpc", "user", "vm"];
const MIXED_CASE: &str = "kernel/numa_balancing_promote_rate_limit_MBps";
const TABLES: [(&str, &str, &[&str]); 4] =
    [("ipv4", "conf", IPV4), ("ipv6", "conf", IPV6), ("ipv4", "neigh", NEIGHBOUR), ("ipv6", "neigh", NEIGHBOUR)];

// Documentation/networking/ip-sysctl.rst of Linux 6.18.
#[rustfmt::skip]
const IPV4: &[&str] = &[
    "accept_local", "accept_redirects", "accept_source_route", "arp_accept", "arp_announce", "arp_evict_nocarrier",
    "arp_filter", "arp_ignore", "arp_notify", "bc_forwarding", "bootp_relay", "disable_policy", "disable_xfrm",
    "drop_gratuitous_arp", "drop_unicast_in_l2_multicast", "force_igmp_version", "forwarding",
    "igmpv2_unsolicited_report_interval", "igmpv3_unsolicited_report_interval", "ignore_routes_with_linkdown",
    "log_martians", "mc_forwarding", "medium_id", "promote_secondaries", "proxy_arp", "proxy_arp_pvlan",
    "route_localnet", "rp_filter", "secure_redirects", "send_redirects", "shared_media", "src_valid_mark", "tag",
];

#[rustfmt::skip]
const IPV6: &[&str] = &[
    "accept_dad", "accept_ra", "accept_ra_defrtr", "accept_ra_from_local", "accept_ra_min_hop_limit",
    "accept_ra_min_lft", "accept_ra_mtu", "accept_ra_pinfo", "accept_ra_rt_info_max_plen",
    "accept_ra_rt_info_min_plen", "accept_ra_rtr_pref", "accept_redirects", "accept_source_route",
    "accept_untracked_na", "addr_gen_mode", "autoconf", "dad_transmits", "disable_ipv6", "disable_policy",
    "drop_unicast_in_l2_multicast", "drop_unsolicited_na", "enhanced_dad", "force_forwarding", "force_mld_version",
    "force_tllao", "forwarding", "hop_limit", "ignore_routes_with_linkdown", "ioam6_enabled", "ioam6_id",
    "ioam6_id_wide", "keep_addr_on_down", "max_addresses", "max_desync_factor", "mc_forwarding",
    "mldv1_unsolicited_report_interval", "mldv2_unsolicited_report_interval", "mtu", "ndisc_evict_nocarrier",
    "ndisc_notify", "ndisc_tclass", "optimistic_dad", "proxy_ndp", "ra_defrtr_metric", "ra_honor_pio_life",
    "ra_honor_pio_pflag", "regen_max_retry", "regen_min_advance", "router_probe_interval",
    "router_solicitation_delay", "router_solicitation_interval", "router_solicitation_max_interval",
    "router_solicitations", "rpl_seg_enabled", "seg6_enabled", "seg6_require_hmac", "stable_secret",
    "suppress_frag_ndisc", "temp_prefered_lft", "temp_valid_lft", "use_oif_addrs_only", "use_optimistic",
    "use_tempaddr",
];

#[rustfmt::skip]
const NEIGHBOUR: &[&str] = &[
    "anycast_delay", "app_solicit", "base_reachable_time", "base_reachable_time_ms", "delay_first_probe_time",
    "gc_stale_time", "interval_probe_time_ms", "locktime", "mcast_resolicit", "mcast_solicit", "proxy_delay",
    "proxy_qlen", "retrans_time", "retrans_time_ms", "ucast_solicit", "unres_qlen", "unres_qlen_bytes",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_separator_decides() {
        assert_eq!(path("net.ipv4.conf.eth0/100.rp_filter"), "net/ipv4/conf/eth0.100/rp_filter");
        assert_eq!(path("net/ipv4/conf/eth0.100/rp_filter"), "net/ipv4/conf/eth0.100/rp_filter");
        assert_eq!(path(".kernel..sysrq"), "kernel/sysrq");
        assert_eq!(dotted("net/ipv4/conf/eth0.100/rp_filter"), "net.ipv4.conf.eth0/100.rp_filter");
    }

    #[test]
    fn impossible_keys_are_known_by_their_shape() {
        for key in
            ["kernel", "", "proc/sys/kernel/sysrq", "net/ipv4/conf/default.rp_filter", "kernel/Sysrq", "net/../x"]
        {
            assert!(impossible(key).is_some(), "{key}");
        }
        for key in ["kernel/sysrq", "net/ipv4/conf/enP1/rp_filter", "vm/swappiness", "net/ipv4/ip_forward", MIXED_CASE]
        {
            assert!(impossible(key).is_none(), "{key}");
        }
    }

    #[test]
    fn globs_reach_the_keys_of_the_interfaces() {
        let keys = candidates(&["all", "eth0"], ["kernel/sysrq"].into_iter());
        assert_eq!(
            matches("net/ipv4/conf/*/rp_filter", &keys),
            ["net/ipv4/conf/all/rp_filter", "net/ipv4/conf/eth0/rp_filter"]
        );
        assert_eq!(matches("net/*/conf/all/accept_ra", &keys), ["net/ipv6/conf/all/accept_ra"]);
        assert_eq!(matches("kernel/sys?q", &keys), ["kernel/sysrq"]);
        assert!(matches("net/ipv4/*", &keys).is_empty());
    }
}
