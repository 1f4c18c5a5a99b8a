//! Guildhall's own REST API with OpenAPI.
