internal import Glibc
internal import NIOSSL

/// A folder of `certs.d`: `*.crt` are authorities to trust besides the system's, `NAME.cert` with `NAME.key` is what
/// the client shows (Docker's documentation, "Verify repository client with certificates").
struct CertificateDirectory {
  var path: String

  func apply(to configuration: inout TLSConfiguration) throws(RegistryError) {
    let names = entries()
    do {
      for name in names where name.hasSuffix(".crt") {
        let authorities = try NIOSSLCertificate.fromPEMFile("\(path)/\(name)")
        configuration.additionalTrustRoots.append(.certificates(authorities))
      }
      for name in names where name.hasSuffix(".cert") {
        let key = "\(name.dropLast(5)).key"
        guard names.contains(key) else {
          throw RegistryError(.certificate, "missing key \(key) for client certificate \(name) in \(path)")
        }
        configuration.certificateChain = try NIOSSLCertificate.fromPEMFile("\(path)/\(name)").map { .certificate($0) }
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: "\(path)/\(key)", format: .pem))
      }
    } catch let error as RegistryError {
      throw error
    } catch {
      throw RegistryError(.certificate, "cannot use the certificates in \(path): \(error)")
    }
  }

  /// Sorted, so that the same folder always gives the same configuration; empty where there is none.
  private func entries() -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: Int(entry.pointee.d_reclen)) { String(cString: $0) }
      }
      names.append(name)
    }
    return names.sorted()
  }
}
