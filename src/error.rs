//! What can go wrong before there is a report. Every error says what to do, and shows the place where there is one.

use std::path::PathBuf;

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error as ThisError;

use crate::model::{Source, Span};

/// An error that ends the run with exit code 2.
#[derive(Debug, ThisError, Diagnostic)]
pub enum Error {
    /// The caller's fault: a flag or an argument that cannot be meant.
    #[error("{message}")]
    #[diagnostic(code(portcullis::usage))]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        #[help]
        help: Option<String>,
    },
    /// A path that cannot be read or written.
    #[error("cannot {action} {}: {cause}", path.display())]
    #[diagnostic(code(portcullis::io))]
    Io {
        /// `read`, `write`, `open`.
        action: &'static str,
        /// The path as the user knows it.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
        /// What to do.
        #[help]
        help: Option<String>,
    },
    /// A mistake in a file that the user wrote for portcullis, shown with a caret.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Input(Box<InputError>),
}

/// A mistake at a place of a configuration, exceptions, baseline or policy file.
#[derive(Debug, ThisError, Diagnostic)]
#[error("{message}")]
#[diagnostic(code(portcullis::input))]
pub struct InputError {
    /// What is wrong.
    pub message: String,
    /// What to do.
    #[help]
    pub help: Option<String>,
    /// The file.
    #[source_code]
    pub text: NamedSource<String>,
    /// Where.
    #[label("{label}")]
    pub span: SourceSpan,
    /// What is at that place.
    pub label: String,
}

impl Error {
    /// An error at a place of a user's file.
    pub fn at(source: &Source, span: Span, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self::Input(Box::new(InputError {
            message: message.into(),
            help: None,
            text: NamedSource::new(source.path(), source.text().to_owned()),
            span: (span.start, span.end - span.start).into(),
            label: label.into(),
        }))
    }

    /// The same error with advice.
    #[must_use]
    pub fn help(mut self, advice: impl Into<String>) -> Self {
        match &mut self {
            Self::Usage { help, .. } | Self::Io { help, .. } => *help = Some(advice.into()),
            Self::Input(input) => input.help = Some(advice.into()),
        }
        self
    }

    /// The same mistake, in a file of another place than the one that the reader sees.
    #[must_use]
    pub fn within(mut self, place: impl std::fmt::Display) -> Self {
        match &mut self {
            Self::Usage { message, .. } => *message += &format!(" (in {place})"),
            Self::Input(input) => input.message += &format!(" (in {place})"),
            Self::Io { .. } => {}
        }
        self
    }

    /// An error of use.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: None }
    }

    /// An error of reading or writing.
    pub fn io(action: &'static str, path: impl Into<PathBuf>, cause: std::io::Error) -> Self {
        Self::Io { action, path: path.into(), cause, help: None }
    }
}

/// The known word that is nearest to a mistyped one, close enough to be meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.into_iter().map(|candidate| (strsim::jaro_winkler(word, candidate), candidate));
    let best = scored.max_by(|left, right| left.0.total_cmp(&right.0))?;
    (best.0 > 0.8).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_word_is_near() {
        assert_eq!(nearest("privileged-contaner", ["host-port", "privileged-container"]), Some("privileged-container"));
        assert_eq!(nearest("xyz", ["host-port"]), None);
    }
}
