//! What stands between a request and its handler: panics, the Host header, the origin, the token;
//! and the headers of every answer.

pub mod head;
pub mod headers;
pub mod host;
pub mod origin;
pub mod panics;
pub mod token;
