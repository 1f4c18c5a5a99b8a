//! Posts: writing them, and loading their rows.

mod assemble;
mod attachments;
mod awaited;
mod delete;
mod on_word;
mod record;
mod removed;
mod standing;
mod thread;
mod write;

pub(crate) use assemble::assemble;
pub(crate) use assemble::seen;
pub use assemble::{by_id, by_ids};
pub use awaited::{await_delivery, awaited, delivered, prune_awaited};
pub(crate) use delete::BLANK;
pub use delete::{clear_some, delete, tombstone, tombstoned};
pub use on_word::on_word;
pub(crate) use record::audience;
pub use record::{Handle, buried, handle, id_by_uri, record, record_now, revisions, room, source, uri, written_by};
pub use removed::{delete_keeping, prune_removed, restore_kept};
pub use standing::{
    announced_again, featured_count, featured_of, forget_tombstone, keep_received, order_featured, received, restore,
    set_featured, set_locked,
};
pub use thread::{Context, Part, context, count, listed};
pub use write::{
    NewPost, PostEdit, adopt_replies, attach_orphan, boost, boost_by, boost_of_old, edit, enter_room, enter_room_alone,
    id_of_old, insert, remove_boost,
};
