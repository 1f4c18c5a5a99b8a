//! Posts: publishing, reading, changing, deleting, reacting.

mod addressing;
mod announced;
mod attached;
mod clear;
mod delete;
mod edit;
mod let_in;
mod order;
mod origin;
mod preview;
mod publish;
pub(crate) mod quoted;
mod react;
mod show;
mod spread;
mod words;

pub use announced::{announced, unannounced};
pub use clear::clear;
pub use delete::{delete, delete_received, may_delete, restore_own, restore_received};
pub use edit::{NetworkEdit, PostChange, edit, edit_received};
pub use order::{feature, lock, pin};
pub use origin::{Arrival, NetworkPost, Origin};
pub use preview::{AudiencePreview, preview};
pub use publish::publish;
pub use react::{bookmark, boost, emoji, favourite, likers, people, unboost, unfavourite};
pub use show::{context, count, history, listed, show, source};
pub use store::posts::{Context, Part};
