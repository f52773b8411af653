//! The binary opens no connection: it is not even linked to what opens one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[test]
#[cfg(target_os = "linux")]
fn the_binary_imports_nothing_that_opens_a_connection() {
    use object::Object;

    let bytes = std::fs::read(env!("CARGO_BIN_EXE_portcullis")).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let imports: Vec<String> =
        file.imports().unwrap().iter().map(|import| String::from_utf8_lossy(import.name()).into_owned()).collect();
    assert!(imports.iter().any(|name| name == "write"), "{imports:?}");
    for name in ["socket", "connect", "getaddrinfo", "bind", "listen"] {
        assert!(!imports.iter().any(|import| import == name), "{name}");
    }
}
