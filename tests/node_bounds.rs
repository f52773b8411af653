//! Hostile configuration of nodes: huge lists, deep nesting, aliases and archives that unpack to more and more, thousands of
//! files. Each is judged or told to be unjudged in a bounded time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use portcullis::model::FileStatus;
use portcullis::pipeline::Options;
use support::check;

/// Without optimisation and on a busy machine; what is quadratic takes many minutes.
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn hostile_files_come_to_an_end() {
    let many = |count: usize, item: &dyn Fn(usize) -> String| (0..count).map(item).collect::<String>();
    let kubeadm = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.33.1\n";
    let arguments = many(20_000, &|at| format!("  - {{name: f{at}, value: \"1\"}}\n"));
    let same = many(20_000, &|_| "  - {name: profiling, value: \"true\"}\n".to_owned());
    let kubelets = many(5_000, &|at| {
        format!("---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: {at}\n")
    });
    let kinds = many(5_000, &|at| format!("---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: K{at}\n"));
    let patch = many(10_000, &|at| format!("      f{at}: \"1\"\n"));
    let workers = many(2_000, &|_| "- role: worker\n  kubeadmConfigPatches: ['kind: JoinConfiguration']\n".to_owned());
    let appended = many(20_000, &|_| "- {path: /etc/sysctl.d/a.conf, append: true, content: \"a=1\\n\"}\n".to_owned());
    let bomb = bomb();
    let bombs = many(200, &|at| format!("- {{path: /etc/sysctl.d/{at}.conf, encoding: gz+b64, content: {bomb}}}\n"));
    let aliases = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned()
        + &many(30, &|at| format!("a{}: &a{} [*a{at},*a{at},*a{at},*a{at},*a{at},*a{at}]\n", at + 1, at + 1));
    let deep = "[".repeat(50_000);
    let table = [
        ("arguments", "kubeadm.yaml", format!("{kubeadm}apiServer:\n  extraArgs:\n{arguments}")),
        ("same", "kubeadm.yaml", format!("{kubeadm}apiServer:\n  extraArgs:\n{same}")),
        ("documents", "kubeadm.yaml", format!("{kubeadm}{kinds}")),
        ("kubelets", "kubelets.yaml", kubelets),
        (
            "patch",
            "kind.yaml",
            format!(
                "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nnodes:\n{workers}kubeadmConfigPatches:\n- |\n  kind: ClusterConfiguration\n  apiServer:\n    extraArgs:\n{patch}"
            ),
        ),
        (
            "prepended",
            "etc/rancher/k3s/config.yaml",
            format!("kube-apiserver-arg:\n{}", many(20_000, &|_| "- a-=1\n".to_owned())),
        ),
        ("keys", "etc/rancher/k3s/config.yaml", many(20_000, &|at| format!("kube-apiserver-args{at}: 1\n"))),
        ("nested", "etc/rancher/k3s/config.yaml", format!("kubelet-arg: {deep}")),
        ("aliases", "etc/rancher/k3s/config.yaml", format!("{aliases}kubelet-arg: *a30\n")),
        ("appended", "user-data", format!("#cloud-config\nwrite_files:\n{appended}")),
        ("bombs", "user-data.yaml", format!("#cloud-config\nwrite_files:\n{bombs}")),
    ];
    let mut slow = Vec::new();
    for (name, path, text) in table {
        let repository = tempfile::tempdir().unwrap();
        let file = repository.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        let took = judge(name, repository.path());
        slow.extend((took > PATIENCE).then_some((name, took)));
    }
    assert!(slow.is_empty(), "{slow:?}");
}

#[test]
fn thousands_of_drop_ins_come_to_an_end() {
    let repository = tempfile::tempdir().unwrap();
    for folder in ["etc/rancher/k3s/config.yaml.d", "etc/sysctl.d", "etc/ssh/sshd_config.d"] {
        fs::create_dir_all(repository.path().join(folder)).unwrap();
        for at in 0..1_000 {
            let (end, text) = match folder {
                "etc/sysctl.d" => ("conf", format!("net.ipv4.conf.all.rp_filter = {}\n", at % 2)),
                "etc/ssh/sshd_config.d" => {
                    ("conf", "PermitRootLogin no\nMatch User a\nPermitRootLogin yes\n".to_owned())
                }
                _ => ("yaml", "kubelet-arg+: [\"v=2\"]\n".to_owned()),
            };
            fs::write(repository.path().join(folder).join(format!("{at}.{end}")), text).unwrap();
        }
    }
    let took = judge("drop-ins", repository.path());
    assert!(took < PATIENCE, "{took:?}");
}

/// How long a run takes. Nothing of the file is silent: it is judged, or told not to be.
fn judge(name: &str, repository: &Path) -> Duration {
    let controls =
        ["refused-component", "ignored-setting", "anonymous-auth", "disabled-syn-cookies"].map(str::to_owned);
    let start = Instant::now();
    let run =
        check(&Options { targets: vec![repository.to_owned()], controls: controls.to_vec(), ..Options::default() });
    let took = start.elapsed();
    let mut told = String::new();
    for file in run.report.coverage.iter().take(1) {
        write!(told, "{:?} {}", file.status, file.reason).unwrap();
        assert!(matches!(file.status, FileStatus::Judged | FileStatus::Unparsable), "{name}: {told}");
    }
    println!("{name}: {took:?}, {} findings, {told}", run.report.verdicts.len());
    took
}

/// 64 MiB of text, compressed and in base64.
fn bomb() -> String {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![b'a'; 1 << 20];
    (0..64).for_each(|_| encoder.write_all(&block).unwrap());
    data_encoding::BASE64.encode(&encoder.finish().unwrap())
}
