//! Values in, JSON for a place in a larger text out: what many findings have in common is written once, and findings on all threads.

use std::io;
use std::sync::mpsc::sync_channel;
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

/// How many a thread writes at a time. It goes on with the next ones while they are put in, and no further: the text of a whole report
/// is never in memory.
const PIECE: usize = 64;
/// As the threads that judge have: values may be nested deep.
const STACK: usize = 8 << 20;

/// Writes items on so many threads, each with a state of its own that begins as `begin` has it, and puts them in on the one that calls,
/// in their order.
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
    let pieces = items.chunks(PIECE);
    if threads <= 1 || pieces.len() <= 1 {
        let mut state = begin();
        return items.iter().try_for_each(|item| put(write(&mut state, item).map_err(E::custom)?));
    }
    let (begin, write) = (&begin, &write);
    thread::scope(|scope| {
        let start = |first: usize| {
            let (sender, written) = sync_channel(1);
            let own = items.chunks(PIECE).skip(first).step_by(threads);
            let run = move || {
                let mut state = begin();
                let all = |piece: &'i [T]| piece.iter().map(|item| write(&mut state, item)).collect::<Vec<_>>();
                // Nobody takes any more where one could not be put in.
                let _ = own.map(all).try_for_each(|piece| sender.send(piece));
            };
            thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run).map(|_| written)
        };
        let writers = (0..threads.min(pieces.len())).map(start).collect::<io::Result<Vec<_>>>().map_err(E::custom)?;
        // A writer that panics ends this list, and the scope panics then, because nobody joins the writer.
        let written = pieces.zip(writers.iter().cycle()).map_while(|(_, writer)| writer.recv().ok());
        written.flatten().try_for_each(|one| put(one.map_err(E::custom)?))
    })
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
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_report_does_not_end_where_a_writer_panics() {
        let write = |(): &mut (), item: &Option<u8>| Written::new(&item.unwrap(), None);
        let items: Vec<_> = (0..1000).map(|number| (number != 500).then_some(0)).collect();
        each(&items, 2, || (), write, |_| Ok::<_, serde_json::Error>(())).unwrap();
    }

    #[test]
    fn what_cannot_be_put_in_ends_it() {
        let put = |_| Err(serde_json::Error::io(io::ErrorKind::BrokenPipe.into()));
        let error = each(&[1; 1000], 2, || (), |(), item| Written::new(item, None), put).unwrap_err();
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::BrokenPipe);
    }
}
