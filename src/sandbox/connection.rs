//! Connections that can be cut: what the faults `reset-before` and `reset-after` need, and HTTP servers do not offer.
//!
//! A handler pulls the [`Cord`] of its connection; the next write then fails, hyper gives the connection up, and with
//! its linger time at zero the kernel sends a RST in place of a FIN.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

/// Cuts one connection.
#[derive(Debug, Clone, Default)]
pub struct Cord(Arc<AtomicBool>);

impl Cord {
    /// From here on nothing more is written to the connection.
    pub fn pull(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn pulled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Connected<IncomingStream<'_, Doorway>> for Cord {
    fn connect_info(stream: IncomingStream<'_, Doorway>) -> Self {
        stream.io().cord.clone()
    }
}

/// A listener whose connections have a [`Cord`].
#[derive(Debug)]
pub struct Doorway(pub TcpListener);

impl Listener for Doorway {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small answers, one after the other: waiting to fill a segment only costs time. Without it all still works.
        stream.set_nodelay(true).ok();
        (
            Connection {
                stream,
                cord: Cord::default(),
            },
            address,
        )
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// One TCP connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    cord: Cord,
}

impl Connection {
    fn cut(&self) -> io::Result<()> {
        if self.cord.pulled() {
            self.stream.set_zero_linger()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.cut()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.cut()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.cut()?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
