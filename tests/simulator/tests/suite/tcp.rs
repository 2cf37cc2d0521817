use std::io::ErrorKind;

use allclear_simulator::TcpBehavior;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{exchange, simulator, soon, stays_silent};

#[tokio::test]
async fn banner_is_sent_without_a_request() {
    let simulator = simulator().await;
    let address = simulator.tcp_address(TcpBehavior::Banner("220 ready\r\n".to_owned())).unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut banner = [0; 11];
    soon(stream.read_exact(&mut banner)).await.unwrap();
    assert_eq!(&banner, b"220 ready\r\n");
    assert!(stays_silent(stream.read_u8()).await);
}

#[tokio::test]
async fn echo_returns_received_bytes() {
    let simulator = simulator().await;
    let address = simulator.tcp_address(TcpBehavior::Echo).unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"ping").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut back = Vec::new();
    soon(stream.read_to_end(&mut back)).await.unwrap();
    assert_eq!(back, b"ping");
}

#[tokio::test]
async fn hanging_service_accepts_and_sends_nothing() {
    let simulator = simulator().await;
    let mut stream =
        TcpStream::connect(simulator.tcp_address(TcpBehavior::Hang).unwrap()).await.unwrap();
    stream.write_all(b"anybody?").await.unwrap();
    assert!(stays_silent(stream.read_u8()).await);
}

#[tokio::test]
async fn resetting_service_resets() {
    let simulator = simulator().await;
    let mut stream =
        TcpStream::connect(simulator.tcp_address(TcpBehavior::Reset).unwrap()).await.unwrap();
    let error = soon(stream.read_u8()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn closing_service_closes() {
    let simulator = simulator().await;
    let address = simulator.tcp_address(TcpBehavior::Close).unwrap();
    assert_eq!(exchange(address, b"").await.unwrap(), b"");
    assert_eq!(simulator.tcp_connections(&TcpBehavior::Close), 1);
}

#[tokio::test]
async fn service_keeps_its_address() {
    let simulator = simulator().await;
    let address = simulator.tcp_address(TcpBehavior::Echo).unwrap();
    assert_eq!(simulator.tcp_address(TcpBehavior::Echo).unwrap(), address);
    assert_ne!(simulator.tcp_address(TcpBehavior::Hang).unwrap(), address);
}

#[tokio::test]
async fn refused_port_refuses() {
    let simulator = simulator().await;
    let error = TcpStream::connect(simulator.refused_address()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn unanswered_port_neither_accepts_nor_refuses() {
    let simulator = simulator().await;
    let address = simulator.unanswered_address();
    for _ in 0..2 {
        assert!(stays_silent(TcpStream::connect(address)).await);
    }
}
