/// How the API is offered.
public struct APIServerConfiguration: Sendable {
  /// TLS for the TCP addresses.
  public struct TLS: Sendable, Hashable {
    /// Files in PEM.
    public var certificate: String
    public var key: String
    /// Clients must show a certificate of these authorities; nil asks for none.
    public var clientAuthorities: String?

    public init(certificate: String, key: String, clientAuthorities: String?) {
      self.certificate = certificate
      self.key = key
      self.clientAuthorities = clientAuthorities
    }
  }

  public var addresses: [ListenAddress]
  public var tls: TLS?
  /// The group that may use the unix sockets, by name or number; nil: the daemon's own group.
  public var socketGroup: String?
  /// The engine's version, for the `Server` header.
  public var engineVersion: String
  /// How long requests that change something may go on when the server ends.
  public var drainSeconds: Int64

  public init(
    addresses: [ListenAddress], tls: TLS? = nil, socketGroup: String? = nil, engineVersion: String,
    drainSeconds: Int64 = 10
  ) {
    self.addresses = addresses
    self.tls = tls
    self.socketGroup = socketGroup
    self.engineVersion = engineVersion
    self.drainSeconds = drainSeconds
  }
}
