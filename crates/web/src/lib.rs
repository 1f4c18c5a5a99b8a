//! Server-rendered pages and forms.
