//! kube-proxy with a configuration file: a `KubeProxyConfiguration` to its settings, by the name of the flag where there is
//! one. The file makes kube-proxy ignore its flags.

use serde_json::{Value as Json, json};

use super::component::{Component, Program};
use super::flag_table::FlagTable;
use super::flags::Argument;
use super::go;
use super::schema::{Kind, Schema, Type};
use super::setting::{Effective, Origin, Overridden, Setting};
use super::template;
use super::version::Version;
use super::view::View;

/// Fields and the flags that set the same (cmd/kube-proxy/app/options.go).
const FLAGS: [(&str, &str); 35] = [
    ("bindAddress", "bind-address"),
    ("bindAddressHardFail", "bind-address-hard-fail"),
    ("clientConnection.burst", "kube-api-burst"),
    ("clientConnection.contentType", "kube-api-content-type"),
    ("clientConnection.kubeconfig", "kubeconfig"),
    ("clientConnection.qps", "kube-api-qps"),
    ("clusterCIDR", "cluster-cidr"),
    ("configSyncPeriod", "config-sync-period"),
    ("conntrack.maxPerCore", "conntrack-max-per-core"),
    ("conntrack.min", "conntrack-min"),
    ("conntrack.tcpBeLiberal", "conntrack-tcp-be-liberal"),
    ("conntrack.tcpCloseWaitTimeout", "conntrack-tcp-timeout-close-wait"),
    ("conntrack.tcpEstablishedTimeout", "conntrack-tcp-timeout-established"),
    ("conntrack.udpStreamTimeout", "conntrack-udp-timeout-stream"),
    ("conntrack.udpTimeout", "conntrack-udp-timeout"),
    ("detectLocal.bridgeInterface", "pod-bridge-interface"),
    ("detectLocal.interfaceNamePrefix", "pod-interface-name-prefix"),
    ("detectLocalMode", "detect-local-mode"),
    ("enableProfiling", "profiling"),
    ("featureGates", "feature-gates"),
    ("healthzBindAddress", "healthz-bind-address"),
    ("hostnameOverride", "hostname-override"),
    ("iptables.localhostNodePorts", "iptables-localhost-nodeports"),
    ("iptables.masqueradeAll", "masquerade-all"),
    ("iptables.masqueradeBit", "iptables-masquerade-bit"),
    ("iptables.minSyncPeriod", "iptables-min-sync-period"),
    ("iptables.syncPeriod", "iptables-sync-period"),
    ("ipvs.excludeCIDRs", "ipvs-exclude-cidrs"),
    ("ipvs.scheduler", "ipvs-scheduler"),
    ("ipvs.strictARP", "ipvs-strict-arp"),
    ("metricsBindAddress", "metrics-bind-address"),
    ("mode", "proxy-mode"),
    ("nodePortAddresses", "nodeport-addresses"),
    ("oomScoreAdj", "oom-score-adj"),
    ("showHiddenMetricsForVersion", "show-hidden-metrics-for-version"),
];

/// kube-proxy with a document, or with none; `filled` are fields that whoever runs it fills in when they are absent.
pub fn of_file(document: Option<View<'_>>, version: Option<Version>, filled: &[(&str, Option<Argument>)]) -> Component {
    let schema = Schema::of("KubeProxyConfiguration", version);
    let table = FlagTable::of(Program::Proxy, version);
    let mut component = Component::new(Program::Proxy);
    component.version = version;
    component.place = document.map(View::place);
    for flag in table.iter().filter(|flag| flag.name != "help") {
        component.settings.insert(flag.name.to_owned(), Setting::of_default(flag.kind.default(flag.default)));
    }
    for (path, field) in schema.leaves() {
        let name = FLAGS.iter().find(|(known, _)| *known == path).map_or(path, |(_, flag)| flag);
        let default = component.settings.get(name).and_then(Setting::known).cloned().unwrap_or_default();
        let own = document.and_then(|document| path.split('.').try_fold(document, View::get));
        let fill = filled.iter().find(|(known, _)| *known == path).and_then(|(_, value)| value.as_ref());
        component.settings.insert(name.to_owned(), setting(path, field, default, own, fill));
    }
    listeners(&mut component);
    component
}

/// kube-proxy with the document that it is given: an unknown field is passed over with a warning, a wrong type is refused.
pub fn of_document(document: View<'_>, version: Option<Version>) -> Component {
    let mut component = of_file(Some(document), version, &[]);
    let schema = Schema::of("KubeProxyConfiguration", version);
    let misfits = schema.check_below(document.source, document.document, document.id);
    component.refused.extend(misfits.mistyped);
    component.ignored.extend(misfits.unknown);
    component.warnings.extend(misfits.duplicate);
    if document.text("apiVersion") != "kubeproxy.config.k8s.io/v1alpha1" {
        let message = "`apiVersion` has to be `kubeproxy.config.k8s.io/v1alpha1`";
        component.refused.push(document.problem_of("apiVersion", message));
    }
    component
}

fn setting(path: &str, field: Type, default: Json, own: Option<View<'_>>, fill: Option<&Argument>) -> Setting {
    let by_default = || match fill {
        Some(fill) => Setting {
            value: fill.unknown.clone().map_or_else(|| Effective::Known(fill.text.as_str().into()), Effective::Unknown),
            origin: if fill.place.is_some() { Origin::File } else { Origin::Distribution },
            place: fill.place.clone(),
            rule: "filled in from the cluster's configuration",
            adds: Vec::new(),
            overridden: Vec::new(),
        },
        None => Setting::of_default(default.clone()),
    };
    let Some(own) = own else { return by_default() };
    if let Some(reason) = template::reason(own.as_text(), true) {
        return won(own, Effective::Unknown(reason));
    }
    let value = own.document.to_json(own.id);
    let zero = value == json!("") || value == json!(0) || value == json!(0.0) || is_zero_duration(field, &value);
    if zero && !field.pointer && (fill.is_some() || !super::setting::is_empty(&default)) {
        let why = "in the file this value means the default".to_owned();
        let text = own.source.slice(own.place().span).to_owned();
        let mut setting = by_default();
        setting.overridden.push(Overridden { text, place: own.place(), why });
        return setting;
    }
    won(own, Effective::Known(decoded(path, field, value)))
}

fn won(own: View<'_>, value: Effective) -> Setting {
    let rule = "the configuration file sets it";
    Setting { value, origin: Origin::File, place: Some(own.place()), rule, adds: Vec::new(), overridden: Vec::new() }
}

fn is_zero_duration(field: Type, value: &Json) -> bool {
    field.kind == Kind::Duration && value.as_str().and_then(go::duration) == Some(0)
}

fn decoded(path: &str, field: Type, value: Json) -> Json {
    let text = value.as_str().unwrap_or_default();
    match (path, field.kind) {
        ("healthzBindAddress", _) => with_port(text, 10256).into(),
        ("metricsBindAddress", _) => with_port(text, 10249).into(),
        (_, Kind::Duration) => go::duration(text).map_or(value, |duration| go::duration_text(duration).into()),
        _ => value,
    }
}

/// `AppendPortIfNeeded`.
fn with_port(address: &str, port: u16) -> String {
    match go::sloppy_ip(address) {
        Some(ip) if ip.is_ipv6() => format!("[{address}]:{port}"),
        Some(_) => format!("{address}:{port}"),
        None => address.to_owned(),
    }
}

/// The default addresses to listen on follow the family of `bindAddress`.
fn listeners(component: &mut Component) {
    let bind = component.settings.get("bind-address").and_then(Setting::known).and_then(Json::as_str);
    if !bind.and_then(go::sloppy_ip).is_some_and(|ip| ip.is_ipv6()) {
        return;
    }
    for (name, value) in [("healthz-bind-address", "[::]:10256"), ("metrics-bind-address", "[::1]:10249")] {
        let setting = component.settings.get_mut(name).filter(|setting| setting.origin == Origin::Default);
        if let Some(setting) = setting {
            setting.value = Effective::Known(value.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::Source;
    use crate::parse::parse;

    fn proxy(text: &str) -> Component {
        let source = Arc::new(Source::new("kubeadm.yaml", text));
        let document = parse(&source).documents.remove(0).unwrap();
        of_file(Some(View::root(&source, &document)), Some(Version::new(1, 33)), &[])
    }

    #[test]
    fn fields_are_settings_under_the_names_of_their_flags() {
        let proxy = proxy(
            "mode: ipvs\nmetricsBindAddress: 0.0.0.0\nipvs: {syncPeriod: 0s, strictARP: true}\nenableProfiling: true\n",
        );
        let known = |name: &str| proxy.settings[name].known().cloned().unwrap();
        assert_eq!(known("proxy-mode"), "ipvs");
        assert_eq!(known("metrics-bind-address"), "0.0.0.0:10249");
        assert_eq!(known("healthz-bind-address"), "0.0.0.0:10256");
        assert_eq!(known("profiling"), true);
        assert_eq!(known("ipvs-strict-arp"), true);
        let place = proxy.settings["profiling"].place.as_ref().unwrap();
        assert_eq!(place.region().start.line(), 4);
    }

    #[test]
    fn every_flag_of_the_list_exists() {
        let table = FlagTable::of(Program::Proxy, Some(Version::new(1, 33)));
        let schema = Schema::of("KubeProxyConfiguration", None);
        for (path, flag) in FLAGS {
            assert!(table.get(flag).is_some(), "{flag}");
            assert!(schema.get(path).is_some(), "{path}");
        }
    }
}
