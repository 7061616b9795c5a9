//! What can go wrong between a network's description and its trained parameters.

/// An error of this crate. Only [`Error::Unsuitable`] is a reason to take another path: the network
/// or the device does not fit the kernels.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The network or the device does not fit the kernels.
    #[error("not suitable for the fused kernels: {0}")]
    Unsuitable(String),
    /// There is no adapter for Vulkan, Metal or DirectX 12.
    #[error("no Vulkan/Metal/DX12 adapter: {0}")]
    NoAdapter(String),
    /// The driver refused a kernel or a buffer.
    #[error("the graphics driver refused: {0}")]
    Refused(String),
    /// The device has too little memory.
    #[error("the graphics card has too little free memory: {0}")]
    OutOfMemory(String),
    /// The device stopped working.
    #[error("the graphics card was lost: {0}")]
    Lost(String),
    /// The caller's arrays do not fit the network.
    #[error("{0}")]
    BadInput(String),
}

impl Error {
    pub(crate) fn unsuitable(reason: impl Into<String>) -> Self {
        Self::Unsuitable(reason.into())
    }

    /// An error with the actual and the expected length, if they differ.
    pub(crate) fn check_length(what: &str, length: usize, expected: usize) -> Result<(), Self> {
        if length == expected {
            return Ok(());
        }
        Err(Self::BadInput(format!("{what} has {length} values, but {expected} are needed")))
    }
}
