internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

extension RegistryTransport {
  /// Says in Docker's (Go's) words what went wrong underneath HTTP.
  func describe(_ error: any Error, of exchange: Exchange) -> RegistryError {
    let authority = exchange.location.authority
    let (code, reason) = reason(for: error, authority: authority)
    return RegistryError(code, code == .cancelled ? reason : "\(prefix(exchange)): \(reason)")
  }

  private func reason(for error: any Error, authority: String) -> (RegistryError.Code, String) {
    switch error {
    case is CancellationError: return (.cancelled, "context canceled")
    case let error as RegistryError: return (error.code, error.message)
    case let error as NIOConnectionError:
      if error.connectionErrors.isEmpty, error.dnsAError != nil || error.dnsAAAAError != nil {
        return (.unreachable, "dial tcp: lookup \(error.host): no such host")
      }
      guard let first = error.connectionErrors.first else { return (.unreachable, "dial tcp \(authority): failed") }
      return dial(first.error, to: address(first.target, authority))
    case let error as ChannelError:
      switch error {
      case .connectTimeout: return (.timedOut, "dial tcp \(authority): i/o timeout")
      default: return (.connectionLost, "unexpected EOF")
      }
    case let error as IOError:
      let isLoss = [EPIPE, ECONNRESET, ECONNABORTED].contains(error.errnoCode)
      if isLoss { return (.connectionLost, "read tcp \(authority): \(text(error.errnoCode))") }
      return dial(error, to: authority)
    case let error as HTTPClientError: return reason(for: error, authority: authority)
    case let error as HTTPParserError where error == .invalidEOFState: return (.connectionLost, "unexpected EOF")
    case let error as NIOSSLError: return (.certificate, reason(for: error))
    case let error as NIOSSLExtraError:
      if error == .failedToValidateHostname {
        return (
          .certificate,
          "tls: failed to verify certificate: x509: certificate is not valid for \(Authority.host(of: authority))"
        )
      }
      return (.certificate, "tls: \(error)")
    default: return (.connectionLost, "\(error)")
    }
  }

  private func reason(for error: HTTPClientError, authority: String) -> (RegistryError.Code, String) {
    switch error {
    case .cancelled, .alreadyShutdown: return (.cancelled, "context canceled")
    case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout:
      return (.timedOut, "dial tcp \(authority): i/o timeout after \(configuration.connectTimeout)")
    case .readTimeout, .writeTimeout, .deadlineExceeded:
      return (.timedOut, "i/o timeout: \(authority) was silent for \(configuration.stallTimeout)")
    case .remoteConnectionClosed, .uncleanShutdown: return (.connectionLost, "unexpected EOF")
    case .bodyLengthMismatch: return (.source, "the content to send has another length than announced")
    case .invalidURL, .emptyHost: return (.malformedResponse, "invalid URL")
    default: return (.connectionLost, "\(error)")
    }
  }

  private func reason(for error: NIOSSLError) -> String {
    guard case .handshakeFailed(let cause) = error else { return "tls: \(error)" }
    let text = "\(cause)"
    if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
      return "http: server gave HTTP response to HTTPS client"
    }
    if text.contains("CERTIFICATE_VERIFY_FAILED") {
      return "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    }
    return "tls: handshake failure: \(text)"
  }

  private func dial(_ error: any Error, to address: String) -> (RegistryError.Code, String) {
    if let error = error as? IOError {
      return (.unreachable, "dial tcp \(address): connect: \(text(error.errnoCode))")
    }
    if let error = error as? ChannelError, case .connectTimeout = error {
      return (.timedOut, "dial tcp \(address): i/o timeout")
    }
    return (.unreachable, "dial tcp \(address): \(error)")
  }

  private func address(_ target: SocketAddress, _ authority: String) -> String {
    guard let ip = target.ipAddress, let port = target.port else { return authority }
    return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
  }

  private func text(_ errno: CInt) -> String {
    String(cString: strerror(errno)).lowercased()
  }
}
