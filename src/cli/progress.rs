//! A bar on the terminal, for runs that take long enough to wonder.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::pipeline::Progress;

/// Shown on standard error when that is a terminal, once the run has taken a second.
pub struct Bar {
    bar: ProgressBar,
    is_shown: AtomicBool,
}

impl Bar {
    /// A bar that is not shown yet.
    pub fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("judging {bar:30} {pos}/{len} files") {
            bar.set_style(style);
        }
        Self { bar, is_shown: AtomicBool::new(false) }
    }
}

const PATIENCE: Duration = Duration::from_secs(1);

impl Progress for Bar {
    fn start(&self, files: usize) {
        self.bar.set_length(u64::try_from(files).unwrap_or(u64::MAX));
        self.bar.reset_elapsed();
    }

    fn advance(&self) {
        self.bar.inc(1);
        if self.bar.elapsed() > PATIENCE && !self.is_shown.swap(true, Ordering::Relaxed) {
            // indicatif draws nothing where there is no terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
