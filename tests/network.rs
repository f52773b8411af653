//! The binary opens no connection: it is not even linked to what opens one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[test]
#[cfg(target_os = "linux")]
fn the_binary_imports_nothing_that_opens_a_connection() {
    let bytes = std::fs::read(env!("CARGO_BIN_EXE_portcullis")).unwrap();
    let imports = |name: &str| {
        let symbol = format!("\0{name}\0").into_bytes();
        bytes.windows(symbol.len()).any(|window| window == symbol)
    };
    // The names of what it does import are there to be found.
    assert!(imports("write"));
    for name in ["socket", "connect", "getaddrinfo", "sendto", "sendmsg", "bind", "listen", "accept4"] {
        assert!(!imports(name), "{name}");
    }
}
