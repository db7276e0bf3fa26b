//! What is shown on a terminal, as pure text: colours by meaning, columns and line breaks, and other people's words made
//! harmless. Whether there is a terminal at all is the caller's to know.

pub mod layout;
pub mod style;
pub mod words;
