//! A plan as bytes: that of our own policies is made when portcullis is built, and each rule of it is read when it is first evaluated.

use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::Fault;
use super::plan::{Clause, Node, Plan};

/// A part of a plan that may not have been read yet.
#[derive(Debug)]
pub struct Later<T> {
    bytes: &'static [u8],
    read: OnceLock<T>,
}

/// What is written of a plan; where a rule of a module stands is asked of the user's alone.
#[derive(Serialize, Deserialize)]
struct Stored<B> {
    files: Vec<String>,
    documents: Vec<B>,
    functions: Vec<B>,
    nodes: Vec<Node>,
}

impl Plan {
    /// As bytes, without the names that only the solutions of a clause tell.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn into_bytes(self) -> Result<Vec<u8>, String> {
        let nameless = |clauses: &mut Vec<Clause>| clauses.iter_mut().for_each(|clause| clause.names.clear());
        let mut documents = Vec::new();
        for mut document in self.documents.into_iter().filter_map(|document| document.read.into_inner()) {
            nameless(&mut document.clauses);
            documents.push(bytes(&document)?);
        }
        let mut functions = Vec::new();
        for mut function in self.functions.into_iter().filter_map(|function| function.read.into_inner()) {
            nameless(&mut function.clauses);
            functions.push(bytes(&function)?);
        }
        bytes(&Stored { files: self.files, documents, functions, nodes: self.nodes })
    }

    /// Reads it again.
    ///
    /// # Errors
    /// Where the bytes are none.
    pub fn read(bytes: &'static [u8]) -> Result<Self, String> {
        let stored: Stored<&'static [u8]> = postcard::from_bytes(bytes).map_err(|why| why.to_string())?;
        Ok(Self {
            files: stored.files,
            documents: stored.documents.into_iter().map(Later::unread).collect(),
            functions: stored.functions.into_iter().map(Later::unread).collect(),
            nodes: stored.nodes,
            places: Default::default(),
        })
    }
}

impl<T> Later<T> {
    fn unread(bytes: &'static [u8]) -> Self {
        Self { bytes, read: OnceLock::new() }
    }
}

impl<T> From<T> for Later<T> {
    fn from(part: T) -> Self {
        Self { bytes: &[], read: OnceLock::from(part) }
    }
}

impl<T: DeserializeOwned> Later<T> {
    /// What it is.
    ///
    /// # Errors
    /// Where the bytes are none.
    pub fn get(&self) -> Result<&T, Fault> {
        if let Some(known) = self.read.get() {
            return Ok(known);
        }
        let read = postcard::from_bytes(self.bytes).map_err(|why| Fault::of(&why.to_string()))?;
        Ok(self.read.get_or_init(|| read))
    }
}

fn bytes(part: &impl Serialize) -> Result<Vec<u8>, String> {
    postcard::to_stdvec(part).map_err(|why| why.to_string())
}
