//! A bound on text that is made by filling in variables: a few lines of a hostile file can ask for gigabytes.

/// What Linux takes for arguments and environment together (`ARG_MAX` with the usual stack of 8 MiB, execve(2)).
const ARG_MAX: usize = 2 << 20;

/// Why a text is not followed any further.
pub const SPENT: &str = "the command line grows longer than the kernel takes";

/// How many more bytes may be made.
#[derive(Debug, Clone)]
pub struct Budget {
    left: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: ARG_MAX }
    }
}

impl Budget {
    /// Takes some bytes; false, and nothing is left, when there are not as many.
    pub fn take(&mut self, bytes: usize) -> bool {
        let left = self.left.checked_sub(bytes);
        self.left = left.unwrap_or(0);
        left.is_some()
    }
}
