internal import AsyncHTTPClient
internal import JSON
internal import NIOCore
internal import NIOHTTP1

/// What a request was about: an answer without a body is explained by it.
enum Subject: Sendable { case ping, token, manifest, blob, upload, tags }

extension Answer {
  static let mostErrorBytes = 64 * 1024

  /// Reads an answer that is no success: its errors by the distribution specification, or its status in words.
  func failure(about subject: Subject) async -> RegistryError {
    let status = Int(response.status.code)
    var body = ByteBuffer()
    do {
      body = try await response.body.collect(upTo: Self.mostErrorBytes)
    } catch {
      body = ByteBuffer()
    }
    let value = try? JSON.parse(Array(body.readableBytesView))
    let entries = value?["errors"]?.arrayValue ?? []
    let errors = entries.compactMap { entry -> (code: String, text: String)? in
      guard let code = entry["code"]?.stringValue else { return nil }
      let words = code.lowercased().map { $0 == "_" ? " " : $0 }
      let message = entry["message"]?.stringValue ?? ""
      return (code, String(words) + (message.isEmpty ? "" : ": \(message)"))
    }
    if let first = errors.first {
      let text = errors.count == 1 ? first.text : "errors:\n" + errors.map(\.text).joined(separator: "\n") + "\n"
      return RegistryError(code(named: first.code, status: status, subject), text, status: status)
    }
    let details = value?["details"]?.stringValue ?? value?["message"]?.stringValue ?? value?["error"]?.stringValue
    let text = details ?? Self.words(status: status, reason: response.status.reasonPhrase, subject)
    let code = code(named: "", status: status, subject)
    return RegistryError(code, code == .unauthorized && details != nil ? "unauthorized: \(text)" : text, status: status)
  }

  private func code(named name: String, status: Int, _ subject: Subject) -> RegistryError.Code {
    switch (name, status) {
    case ("UNAUTHORIZED", _), ("", 401): .unauthorized
    case ("DENIED", _), ("", 403): .denied
    case ("MANIFEST_UNKNOWN", _): .manifestUnknown
    case ("NAME_UNKNOWN", _): .nameUnknown
    case ("BLOB_UNKNOWN", _): .blobUnknown
    case ("", 404):
      switch subject {
      case .manifest: .manifestUnknown
      case .blob, .upload: .blobUnknown
      case .tags: .nameUnknown
      case .ping, .token: .rejected
      }
    case ("TOOMANYREQUESTS", _), (_, 429): .tooManyRequests
    case (_, 401): .unauthorized
    case (_, 500...): .serverFailure
    default: .rejected
    }
  }

  private static func words(status: Int, reason: String, _ subject: Subject) -> String {
    switch (status, subject) {
    case (401, _): "unauthorized: authentication required"
    case (403, _): "denied: requested access to the resource is denied"
    case (404, .manifest): "manifest unknown: manifest unknown"
    case (404, .blob), (404, .upload): "blob unknown: blob unknown to registry"
    case (404, .tags): "name unknown: repository name not known to registry"
    case (429, _): "toomanyrequests: too many requests"
    default: "received unexpected HTTP status: \(status) \(reason)"
    }
  }

  /// The wait a busy registry asks for (RFC 9110 §10.2.3, seconds), at most a minute.
  var retryAfter: Duration? {
    response.headers.first(name: "retry-after").flatMap(Int.init).map { .seconds(min(max($0, 0), 60)) }
  }

  /// Reads and drops a short body, so that the connection can be used again.
  func drain() async {
    _ = try? await response.body.collect(upTo: Self.mostErrorBytes)
  }
}
