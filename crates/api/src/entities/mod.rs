//! What the API shows and takes, as the document describes it.
//!
//! Everything that is shown borrows from a view that was opened for the requester; nothing is looked up here.

pub mod attachment;
pub mod community;
pub mod person;
pub mod poll;
pub mod post;

use app::{Error, Requester, Result, Visible};

/// Opens what was released to this requester. Anything else is a mistake of ours, and shows nothing.
pub fn open<'a, T>(visible: &'a Visible<T>, requester: &Requester) -> Result<&'a T> {
    visible.open(requester).map_err(Error::internal)
}

/// The same for a list, each shown in its shape.
pub fn open_all<'a, T, E>(list: &'a [Visible<T>], requester: &Requester, show: impl Fn(&'a T) -> E) -> Result<Vec<E>> {
    list.iter().map(|visible| open(visible, requester).map(&show)).collect()
}
