//! What federation asks of the hall.
