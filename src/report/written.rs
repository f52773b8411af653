//! Values in, JSON for a place in a larger text out: what many findings have in common is written once, and findings on all threads.

use std::io;
use std::panic::resume_unwind;
use std::thread;

use serde::ser::Error;
use serde::{Serialize, Serializer};

use super::escape::json_part;

/// JSON that a writer of `escape` puts in as it is.
#[derive(Debug)]
pub struct Written(Vec<u8>);

impl Written {
    /// A value; `depth` as [`json_part`] has it.
    ///
    /// # Errors
    /// What the value says.
    pub fn new(value: &impl Serialize, depth: Option<usize>) -> serde_json::Result<Self> {
        json_part(value, depth).map(Self)
    }

    /// The text.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

/// How many are written on a thread before they are put in, so that the text of a whole report is never in memory.
const PIECE: usize = 256;
/// Fewer are not worth a thread.
const LEAST: usize = 64;
/// As the threads that judge have: values may be nested deep.
const STACK: usize = 8 << 20;

/// Writes items on so many threads, each with a state of its own that begins as `begin` has it, and puts them in by one, in their order.
///
/// # Errors
/// What an item or `put` says, or that no thread can be started.
pub fn each<'i, T: Sync, S, E: Error>(
    items: &'i [T],
    threads: usize,
    begin: impl Fn() -> S + Sync,
    write: impl Fn(&mut S, &'i T) -> serde_json::Result<Written> + Sync,
    mut put: impl FnMut(Written) -> Result<(), E>,
) -> Result<(), E> {
    let all = |part: &'i [T]| {
        let mut state = begin();
        part.iter().map(|item| write(&mut state, item)).collect::<serde_json::Result<Vec<_>>>()
    };
    let all = &all;
    for piece in items.chunks(PIECE * threads.max(1)) {
        let mut parts = piece.chunks(piece.len().div_ceil(threads.max(1)).max(LEAST));
        let own = parts.next().unwrap_or_default();
        thread::scope(|scope| {
            let start = |part| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || all(part));
            let others = parts.map(start).collect::<io::Result<Vec<_>>>().map_err(E::custom)?;
            let own = std::iter::once_with(|| all(own));
            let others = others.into_iter().map(|other| other.join().unwrap_or_else(|why| resume_unwind(why)));
            own.chain(others).try_for_each(|made| made.map_err(E::custom)?.into_iter().try_for_each(&mut put))
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_written_in_its_place_whatever_the_threads() {
        let items: Vec<_> = (0..3000).map(|number| serde_json::json!({"number": number, "list": [[], {}]})).collect();
        let mut expected = Vec::new();
        super::super::escape::write_json(&[&items], &mut expected).unwrap();
        for threads in [0, 1, 2, 5] {
            let mut written = Vec::new();
            let write = |(): &mut (), item: &_| Written::new(item, Some(2));
            let put = |one| {
                written.push(one);
                Ok::<_, serde_json::Error>(())
            };
            each(&items, threads, || (), write, put).unwrap();
            let mut text = Vec::new();
            super::super::escape::write_json(&[&written], &mut text).unwrap();
            assert_eq!(text, expected, "{threads}");
        }
    }

    #[test]
    fn what_cannot_be_put_in_ends_it() {
        let put = |_| Err(serde_json::Error::io(io::ErrorKind::BrokenPipe.into()));
        let error = each(&[1; 1000], 2, || (), |(), item| Written::new(item, None), put).unwrap_err();
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::BrokenPipe);
    }
}
