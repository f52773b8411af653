//! Algorithm lists: what this sshd knows, its defaults, and what `+`, `-` and `^` make of them (OpenSSH 9.2 `kex.c`).

use super::super::pattern::{ListMatch, wildcard_list};

/// What a list is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `Ciphers`.
    Ciphers,
    /// `MACs`.
    Macs,
    /// `KexAlgorithms`.
    Kex,
    /// Types of host and user keys.
    Keys,
    /// Signatures of certificate authorities.
    Signatures,
    /// `GSSAPIKexAlgorithms`: beginnings of names, without modifiers.
    GssKex,
}

/// Whether sshd accepts the text as such a list.
pub fn is_valid(family: Family, text: &str) -> bool {
    if family == Family::GssKex {
        return !text.is_empty() && items(text).all(|name| GSS.iter().any(|known| name.starts_with(known)));
    }
    if text.starts_with('-') {
        return true;
    }
    let names = text.strip_prefix(['+', '^']).unwrap_or(text);
    !names.is_empty() && items(names).all(|name| is_known(family, name))
}

/// The list that counts; `None` where nothing is left, which sshd refuses.
pub fn assemble(family: Family, text: &str) -> Option<String> {
    let (known, default) = (known(family), default(family));
    let list = match (family, text.split_at_checked(1)) {
        (Family::GssKex, _) => return Some(text.to_owned()),
        (_, Some(("-", names))) => {
            let kept = default.split(',').filter(|name| wildcard_list(names, name) != ListMatch::Yes);
            let kept = kept.collect::<Vec<_>>().join(",");
            return Some(if kept.is_empty() { default.to_owned() } else { kept });
        }
        (_, Some(("+", names))) => concatenate(default, names),
        (_, Some(("^", names))) => concatenate(names, default),
        _ => text.to_owned(),
    };
    let mut result = String::new();
    for pattern in list.split(',') {
        if pattern.starts_with('!') {
            return None;
        }
        let names = known.iter().filter(|name| wildcard_list(pattern, name) == ListMatch::Yes);
        result = concatenate(&result, &names.copied().collect::<Vec<_>>().join(","));
    }
    (!result.is_empty()).then_some(result)
}

/// The compiled-in list.
pub const fn default(family: Family) -> &'static str {
    match family {
        Family::Ciphers => concat!(
            "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,",
            "aes128-gcm@openssh.com,aes256-gcm@openssh.com"
        ),
        Family::Macs => concat!(
            "umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,",
            "hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,",
            "hmac-sha2-256,hmac-sha2-512,hmac-sha1"
        ),
        Family::Kex => concat!(
            "sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,",
            "ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,",
            "diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256"
        ),
        Family::Keys => concat!(
            "ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,",
            "ecdsa-sha2-nistp384-cert-v01@openssh.com,ecdsa-sha2-nistp521-cert-v01@openssh.com,",
            "sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,",
            "rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,ssh-ed25519,ecdsa-sha2-nistp256,",
            "ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com,",
            "rsa-sha2-512,rsa-sha2-256"
        ),
        Family::Signatures => concat!(
            "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,sk-ssh-ed25519@openssh.com,",
            "sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256"
        ),
        Family::GssKex => concat!(
            "gss-group14-sha256-,gss-group16-sha512-,gss-nistp256-sha256-,gss-curve25519-sha256-,gss-group14-sha1-,",
            "gss-gex-sha1-"
        ),
    }
}

/// sshd stops reading a list at its first empty item.
fn items(names: &str) -> impl Iterator<Item = &str> {
    names.split(',').take_while(|name| !name.is_empty())
}

fn is_known(family: Family, name: &str) -> bool {
    if known(family).contains(&name) {
        return true;
    }
    let is_keys = matches!(family, Family::Keys | Family::Signatures);
    let short = |known: &&str| known.eq_ignore_ascii_case(name);
    let key_matches = |known: &&str| wildcard_list(name, known) != ListMatch::No;
    is_keys && (SHORT_KEYS.iter().any(short) || KEYS.iter().any(key_matches))
}

fn known(family: Family) -> &'static [&'static str] {
    match family {
        Family::Ciphers => CIPHERS,
        Family::Macs => MACS,
        Family::Kex => KEX,
        Family::Keys => KEYS,
        Family::Signatures => SIGNATURES,
        Family::GssKex => GSS,
    }
}

/// Both lists, each name of the second only if it is not there yet.
fn concatenate(first: &str, second: &str) -> String {
    if first.is_empty() {
        return second.to_owned();
    }
    let mut all: Vec<&str> = first.split(',').collect();
    for name in items(second) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all.join(",")
}

const CIPHERS: &[&str] = &[
    "3des-cbc",
    "aes128-cbc",
    "aes192-cbc",
    "aes256-cbc",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
];
const MACS: &[&str] = &[
    "hmac-sha1",
    "hmac-sha1-96",
    "hmac-sha2-256",
    "hmac-sha2-512",
    "hmac-md5",
    "hmac-md5-96",
    "umac-64@openssh.com",
    "umac-128@openssh.com",
    "hmac-sha1-etm@openssh.com",
    "hmac-sha1-96-etm@openssh.com",
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-md5-etm@openssh.com",
    "hmac-md5-96-etm@openssh.com",
    "umac-64-etm@openssh.com",
    "umac-128-etm@openssh.com",
];
const KEX: &[&str] = &[
    "diffie-hellman-group1-sha1",
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group-exchange-sha1",
    "diffie-hellman-group-exchange-sha256",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "sntrup761x25519-sha512",
    "sntrup761x25519-sha512@openssh.com",
    NEWER_KEX,
];
/// Since OpenSSH 9.9, and the first choice since 10.0; an older sshd refuses the name.
pub const NEWER_KEX: &str = "mlkem768x25519-sha256";
const KEYS: &[&str] = &[
    "ssh-ed25519",
    "ssh-ed25519-cert-v01@openssh.com",
    "sk-ssh-ed25519@openssh.com",
    "sk-ssh-ed25519-cert-v01@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp256-cert-v01@openssh.com",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp384-cert-v01@openssh.com",
    "ecdsa-sha2-nistp521",
    "ecdsa-sha2-nistp521-cert-v01@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
    "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-dss",
    "ssh-dss-cert-v01@openssh.com",
    "ssh-rsa",
    "ssh-rsa-cert-v01@openssh.com",
    "rsa-sha2-256",
    "rsa-sha2-256-cert-v01@openssh.com",
    "rsa-sha2-512",
    "rsa-sha2-512-cert-v01@openssh.com",
];
const SHORT_KEYS: &[&str] = &["ED25519", "ED25519-SK", "ECDSA", "ECDSA-SK", "DSA", "RSA"];
const SIGNATURES: &[&str] = &[
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-dss",
    "ssh-rsa",
    "rsa-sha2-256",
    "rsa-sha2-512",
];
const GSS: &[&str] = &[
    "gss-gex-sha1-",
    "gss-group1-sha1-",
    "gss-group14-sha1-",
    "gss-group14-sha256-",
    "gss-group16-sha512-",
    "gss-nistp256-sha256-",
    "gss-curve25519-sha256-",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modifiers_work_on_the_default() {
        let plus = assemble(Family::Ciphers, "+aes128-cbc,aes128-ctr").unwrap();
        assert_eq!(plus, format!("{},aes128-cbc", default(Family::Ciphers)));
        let head = assemble(Family::Kex, "^curve25519-sha256").unwrap();
        assert!(head.starts_with("curve25519-sha256,sntrup761x25519-sha512,"));
        assert_eq!(assemble(Family::Ciphers, "-*ctr,*gcm*").as_deref(), Some("chacha20-poly1305@openssh.com"));
        assert_eq!(assemble(Family::Ciphers, "-*").as_deref(), Some(default(Family::Ciphers)));
        assert_eq!(assemble(Family::Keys, "ssh-ed25519,!ssh-rsa"), None);
    }

    #[test]
    fn names_are_checked_as_sshd_does() {
        assert!(is_valid(Family::Keys, "ssh-*,RSA"));
        assert!(is_valid(Family::Ciphers, ",nothing-is-read-here"));
        assert!(!is_valid(Family::Ciphers, "+"));
        assert!(!is_valid(Family::Ciphers, "none"));
        assert!(!is_valid(Family::Macs, "hmac-*"));
        assert!(is_valid(Family::GssKex, "gss-gex-sha1-toto") && !is_valid(Family::GssKex, "+gss-gex-sha1-"));
    }
}
