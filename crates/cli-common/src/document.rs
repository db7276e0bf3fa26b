//! The frame of every JSON document: the same keys around what each program has to say.

use std::error::Error;
use std::io;

use serde_json::{Value, json};
use tap_core::report::SCHEMA_VERSION;
use uuid::Uuid;

use crate::exit::Exit;
use crate::{errors, output};

/// What a document says of the run itself.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The id of the run, the same as in the log.
    pub run_id: Uuid,
    /// Whether nothing was changed on purpose.
    pub dry_run: bool,
    /// How the run ended.
    pub exit: Exit,
    /// What kept the run from its work as a whole.
    pub error: Option<&'a (dyn Error + 'static)>,
}

impl Frame<'_> {
    /// Writes the document to stdout, with one entry per region.
    ///
    /// # Errors
    /// What the system says, a full disk for one.
    pub fn print(&self, regions: Vec<Value>) -> io::Result<()> {
        output::stdout(&self.render(regions))
    }

    fn render(&self, regions: Vec<Value>) -> String {
        let Self { run_id, dry_run, exit, error } = self;
        let document = json!({
            "schema_version": SCHEMA_VERSION,
            "run_id": run_id.to_string(),
            "dry_run": dry_run,
            "regions": regions,
            "exit": { "code": exit.code(), "name": exit.name() },
            "error": error.map(errors::document),
        });
        format!("{document:#}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::Fault;

    #[test]
    fn a_run_that_did_not_start_has_the_keys_of_one_that_did() {
        let fault = Fault::new("no-region", "no region is set", "pass --region");
        let frame = |exit, error| Frame { run_id: Uuid::nil(), dry_run: false, exit, error };
        let keys = |text: &str| {
            let value: Value = serde_json::from_str(text).unwrap();
            value.as_object().unwrap().keys().cloned().collect::<Vec<String>>()
        };
        let failed = frame(Exit::Failed, Some(&fault)).render(Vec::new());
        assert_eq!(keys(&failed), keys(&frame(Exit::Done, None).render(Vec::new())));
        assert!(failed.contains("no-region"), "{failed}");
    }
}
