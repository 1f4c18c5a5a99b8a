//! Which hosts a hall that federates only with listed ones has on its list.

crate::dialect::migration!(
    r"
ALTER TABLE instances ADD COLUMN listed BOOLEAN NOT NULL DEFAULT FALSE
"
);
