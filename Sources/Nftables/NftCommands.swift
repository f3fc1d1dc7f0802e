import CNftables
public import JSON
import Synchronization

/// nft's own language through libnftables: for what is made once per network, about a millisecond a ruleset.
///
/// One context belongs to the network namespace in which it was made. The library keeps global tables, so
/// only one call of the whole process runs at a time.
public final class NftCommands: Sendable {
  private static let library = Mutex<Void>(())

  /// The library's context. It is touched only while `library` is locked, which the compiler cannot see.
  private struct Context: @unchecked Sendable {
    let pointer: OpaquePointer
  }
  private let context: Context

  /// In the network namespace of the calling thread.
  public init() throws(NftError) {
    let made: Context? = Self.library.withLock { _ in
      guard let pointer = nft_ctx_new(UInt32(NFT_CTX_DEFAULT)) else { return nil }
      nft_ctx_buffer_output(pointer)
      nft_ctx_buffer_error(pointer)
      return Context(pointer: pointer)
    }
    guard let made else { throw .text("cannot make a libnftables context") }
    context = made
  }

  deinit { Self.library.withLock { [context] _ in nft_ctx_free(context.pointer) } }

  /// Runs commands as one transaction: all or nothing. Answers what was printed.
  @discardableResult
  public func run(_ text: String, json: Bool = false) throws(NftError) -> String {
    let (status, output, errors) = Self.library.withLock { [context] _ in
      let flags = json ? NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_HANDLE : 0
      nft_ctx_output_set_flags(context.pointer, UInt32(flags))
      let status = nft_run_cmd_from_buffer(context.pointer, text)
      // Reading a buffer empties it, so both are read in any case.
      let output = nft_ctx_get_output_buffer(context.pointer).map { String(cString: $0) } ?? ""
      let errors = nft_ctx_get_error_buffer(context.pointer).map { String(cString: $0) } ?? ""
      return (status, output, errors)
    }
    guard status == 0 else {
      let lines = errors.split(separator: "\n").map { $0.trimmingWhitespace() }
      throw .text(lines.isEmpty ? "refused without a reason" : lines.joined(separator: " "))
    }
    return output
  }

  /// The listed objects: `list("table ip mp_ab12")` → the array `nftables` of libnftables-json(5).
  public func list(_ what: String) throws(NftError) -> [JSONValue] {
    let text = try run("list \(what)", json: true)
    do { return try JSON.parse(text)["nftables"]?.arrayValue ?? [] } catch { throw .text("\(error)") }
  }
}

extension Substring {
  fileprivate func trimmingWhitespace() -> String {
    var part = self
    while part.first?.isWhitespace == true { part.removeFirst() }
    while part.last?.isWhitespace == true { part.removeLast() }
    return String(part)
  }
}
