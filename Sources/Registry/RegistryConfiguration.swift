/// How registries are reached: what the daemon's flags say.
public struct RegistryConfiguration: Sendable {
  /// Hosts (`registry.local:5000`) and networks (`10.1.0.0/16`) whose certificate is not verified and which may speak
  /// plain HTTP. Loopback always belongs to them, as in Docker.
  public var insecureRegistries: [String]
  /// Directories with one folder per `host:port`: `*.crt` authorities, `NAME.cert` with `NAME.key` for the client.
  public var certificateDirectories: [String]
  /// For the name lookup, the connection and the TLS handshake together.
  public var connectTimeout: Duration
  /// The longest silence while an answer is awaited or read, or while a body cannot be written.
  public var stallTimeout: Duration
  /// How often a request that may be repeated is tried, and how often a download resumes without any progress.
  public var attempts: Int
  /// The wait before the second attempt; it doubles with each.
  public var firstBackoff: Duration
  public var userAgent: String
  /// Names that stand for other names, for tests without a name server.
  var aliases: [String: String] = [:]

  public init(
    insecureRegistries: [String] = [],
    certificateDirectories: [String] = ["/etc/docker/certs.d"],
    connectTimeout: Duration = .seconds(15),
    stallTimeout: Duration = .seconds(30),
    attempts: Int = 5,
    firstBackoff: Duration = .milliseconds(200),
    userAgent: String = "moonpool"
  ) {
    self.insecureRegistries = insecureRegistries
    self.certificateDirectories = certificateDirectories
    self.connectTimeout = connectTimeout
    self.stallTimeout = stallTimeout
    self.attempts = attempts
    self.firstBackoff = firstBackoff
    self.userAgent = userAgent
  }

  /// Whether `authority` (`host` or `host:port`) may be reached without a verified certificate.
  func isInsecure(_ authority: String) -> Bool {
    let host = Authority.host(of: authority)
    if host == "localhost" { return true }
    let address = InternetAddress(host)
    if let address, InternetAddress.loopbackNetworks.contains(where: { $0.contains(address) }) { return true }
    return insecureRegistries.contains { entry in
      if entry == authority || entry == host { return true }
      guard let address, let network = InternetNetwork(entry) else { return false }
      return network.contains(address)
    }
  }
}
