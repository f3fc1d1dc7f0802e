internal import CLua
import JSON
import Synchronization

/// A sandboxed Lua state: heap limit, budgets that no script can evade, no way to anything but its host's functions.
///
/// Example: `let state = try LuaState(host: host, preludes: [prelude])`, then
/// `await state.call("main", [.value("x")], budget: .decision)`.
///
/// Unchecked because the interpreter may be entered by one thread at a time, whichever that is: `lane` sees to it, and
/// every member that touches the interpreter is called by its holder.
public final class LuaState: @unchecked Sendable {
  public let limits: LuaLimits
  /// Who may enter; see `LuaLane`.
  public let lane = LuaLane()

  private let host: any LuaHost
  private var pointer: OpaquePointer?
  private var current: LuaCall?
  private var nextDocument: UInt64 = 1
  private let retired = Atomic<Bool>(false)
  private let abandoned = Mutex<[OpaqueCall]>([])

  /// - Parameter preludes: chunks of our own, run in this order with the privileged primitives (`host`, `compile`,
  ///   `seal`, `globals`, `entries`, …) as their argument; afterwards scripts cannot assign globals once `freeze` was
  ///   called.
  public init(host: any LuaHost, limits: LuaLimits = LuaLimits(), preludes: [LuaChunk] = []) throws(LuaError) {
    self.host = host
    self.limits = limits
    let callbacks = Self.callbacks(context: Unmanaged.passUnretained(self).toOpaque())
    guard let pointer = mp_state_new(callbacks, limits.memory, limits.string) else {
      throw LuaError("not enough memory for a Lua state (limit \(limits.memory) bytes)")
    }
    self.pointer = pointer
    for prelude in [LuaChunk(label: "=core", text: corePrelude)] + preludes {
      guard mp_state_prelude(pointer, prelude.label, prelude.text, prelude.text.utf8.count) else {
        let reply = mp_state_reply(pointer)
        throw LuaError(String(decoding: Self.content(of: reply), as: UTF8.self))
      }
    }
  }

  deinit {
    guard let pointer else { return }
    for call in abandoned.withLock({ $0 }) { mp_call_free(pointer, call.pointer) }
    mp_state_free(pointer)
  }

  /// Bytes in use.
  public var used: Int { pointer.map { mp_state_used($0) } ?? 0 }

  /// A state in which a call was killed takes no new calls; suspended ones finish.
  public var isRetired: Bool { retired.load(ordering: .relaxed) }

  /// From now on assigning a global raises.
  public func freeze() {
    if let pointer { mp_state_freeze(pointer) }
  }

  /// Runs a call until it ends, waits or used up its slice. Only for the holder of `lane`.
  func run(_ call: LuaCall) -> LuaOutcome {
    guard let pointer, let native = call.pointer else { return .failed(.raised("the call has ended")) }
    for call in abandoned.withLock({ calls in
      defer { calls.removeAll() }
      return calls
    }) { mp_call_free(pointer, call.pointer) }

    if !call.hasStarted { register(call) }
    current = call
    let status = call.arguments.withUnsafeBufferPointer {
      mp_call_run(pointer, native, call.entry, $0.baseAddress, $0.count)
    }
    current = nil
    call.hasStarted = true
    call.cpu = .nanoseconds(Int64(clamping: mp_call_cpu(native)))
    switch Int(status) {
    case MP_RUN_SLICE: return .sliced
    case MP_RUN_WAIT:
      guard let operation = call.operation else { return .failed(.raised("nothing to wait for")) }
      call.operation = nil
      return .waiting(operation)
    case MP_RUN_DONE:
      defer { call.end() }
      do throws(LuaError) {
        return .finished(try values(Self.content(of: mp_state_reply(pointer)), of: call))
      } catch {
        return .failed(.raised(error.message))
      }
    case MP_RUN_KILLED:
      defer { call.end() }
      retired.store(true, ordering: .relaxed)
      return .failed(.killed(LuaKill(rawValue: mp_call_killed(native)) ?? .cpu))
    default:
      defer { call.end() }
      return .failed(.raised(String(decoding: Self.content(of: mp_state_reply(pointer)), as: UTF8.self)))
    }
  }

  private func register(_ call: LuaCall) {
    var writer = LuaWriter()
    for argument in call.given {
      switch argument {
      case .value(let value): writer.write(value)
      case .document(let document):
        call.documents[nextDocument] = document
        writer.writeDocument(nextDocument, node: 0)
        nextDocument += 1
      }
    }
    call.arguments = writer.bytes
    call.given = []
  }

  /// A call that was given up while suspended is freed when the state is entered next.
  func abandon(_ native: OpaquePointer) {
    abandoned.withLock { $0.append(OpaqueCall(pointer: native)) }
  }

  func free(_ native: OpaquePointer) {
    mp_call_free(pointer, native)
  }

  // MARK: What the trampolines ask

  fileprivate func document(_ number: UInt64) -> (any LuaDocument)? {
    current?.documents[number]
  }

  private func values(_ bytes: UnsafeRawBufferPointer, of call: LuaCall?) throws(LuaError) -> [JSONValue] {
    var reader = LuaReader(bytes) { number, node in
      call?.documents[number]?.value(of: node)
    }
    return try reader.readAll()
  }

  fileprivate func hostCall(_ bytes: UnsafeRawBufferPointer, canWait: Bool) -> Int32 {
    do throws(LuaError) {
      return answer(host.call(try values(bytes, of: current), in: current, canWait: canWait), canWait: canWait)
    } catch {
      return raise(error.message)
    }
  }

  fileprivate func resumeCall() -> Int32 {
    guard let current, let reply = current.reply else { return raise("the call was not answered") }
    current.reply = nil
    return answer(reply, canWait: true)
  }

  private func answer(_ reply: LuaReply, canWait: Bool) -> Int32 {
    switch reply {
    case .values(let values):
      var writer = LuaWriter()
      for value in values { writer.write(value) }
      return put(writer.bytes) ? Int32(MP_REPLY_VALUES) : raise("not enough memory")
    case .raise(let message):
      return raise(message)
    case .wait(let operation):
      guard canWait, let current else { return raise("this call waits, which is not possible inside a metamethod") }
      current.operation = operation
      return Int32(MP_REPLY_WAIT)
    }
  }

  fileprivate func source(_ name: String) -> Int32 {
    switch host.chunk(named: name) {
    case .success(let chunk):
      var writer = LuaWriter()
      writer.write(.string("=" + chunk.label))
      writer.write(.string(chunk.text))
      return put(writer.bytes) ? Int32(MP_REPLY_VALUES) : raise("not enough memory")
    case .failure(let error):
      return raise(error.message)
    }
  }

  fileprivate func text(_ number: UInt64, _ node: Int) -> Int32 {
    guard let document = document(number) else { return ended() }
    return put(JSON.write(document.value(of: node))) ? Int32(MP_REPLY_VALUES) : raise("not enough memory")
  }

  fileprivate func assign(_ number: UInt64, _ node: Int, _ key: LuaKey, _ bytes: UnsafeRawBufferPointer) -> Int32 {
    guard let document = document(number) else { return ended() }
    do throws(LuaError) {
      let value = try values(bytes, of: current).first ?? .null
      do throws(LuaRaise) {
        try document.assign(value, at: key, of: node)
        return Int32(MP_REPLY_VALUES)
      } catch {
        return raise(error.message)
      }
    } catch {
      return raise(error.message)
    }
  }

  fileprivate func member(_ number: UInt64, _ node: Int, _ key: LuaKey, _ out: inout mp_out) -> Int32 {
    guard let document = document(number) else { return ended() }
    do throws(LuaRaise) {
      return put(try document.member(of: node, at: key), into: &out)
    } catch {
      return raise(error.message)
    }
  }

  fileprivate func entry(
    _ number: UInt64, _ node: Int, _ position: Int, key: inout mp_out, keyText: UnsafeMutablePointer<mp_buffer>,
    value: inout mp_out
  ) -> Int32 {
    guard let document = document(number) else { return ended() }
    do throws(LuaRaise) {
      guard let entry = try document.entry(of: node, at: position) else { return Int32(MP_REPLY_VALUES) }
      switch entry.key {
      case .position(let index):
        key.kind = Int32(MP_OUT_INTEGER)
        key.integer = Int64(index)
      case .name(var name):
        key.kind = Int32(MP_OUT_STRING)
        guard name.withUTF8({ mp_buffer_append(keyText, $0.baseAddress, $0.count) }) else {
          return raise("not enough memory")
        }
      }
      return put(entry.member, into: &value)
    } catch {
      return raise(error.message)
    }
  }

  private func put(_ member: LuaMember, into out: inout mp_out) -> Int32 {
    switch member {
    case .node(let number):
      out.kind = Int32(MP_OUT_NODE)
      out.integer = Int64(number)
    case .scalar(.bool(let flag)):
      out.kind = Int32(MP_OUT_BOOLEAN)
      out.integer = flag ? 1 : 0
    case .scalar(.integer(let integer)):
      out.kind = Int32(MP_OUT_INTEGER)
      out.integer = integer
    case .scalar(.number(let number)):
      out.kind = Int32(MP_OUT_NUMBER)
      out.number = number
    case .scalar(.string(var text)):
      out.kind = Int32(MP_OUT_STRING)
      guard text.withUTF8({ mp_buffer_append(mp_state_reply(pointer), $0.baseAddress, $0.count) }) else {
        return raise("not enough memory")
      }
    case .scalar(.bytes(let bytes)):
      out.kind = Int32(MP_OUT_STRING)
      guard put(bytes) else { return raise("not enough memory") }
    case .absent, .scalar:
      out.kind = Int32(MP_OUT_NIL)
    }
    return Int32(MP_REPLY_VALUES)
  }

  private func put(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBufferPointer { mp_buffer_append(mp_state_reply(pointer), $0.baseAddress, $0.count) }
  }

  private func raise(_ message: String) -> Int32 {
    mp_state_reply(pointer)?.pointee.count = 0
    _ = put(Array(message.utf8))
    return Int32(MP_REPLY_RAISE)
  }

  private func ended() -> Int32 { raise("this table belongs to a call that has ended; copy what you need") }

  private static func content(of buffer: UnsafeMutablePointer<mp_buffer>?) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: buffer?.pointee.bytes, count: buffer?.pointee.count ?? 0)
  }
}

/// A native call that nobody runs any more.
private struct OpaqueCall: @unchecked Sendable {
  // Sendable because it is only freed, by the one who took it out of the list.
  let pointer: OpaquePointer
}

// MARK: The trampolines' other end

extension LuaState {
  private static func callbacks(context: UnsafeMutableRawPointer) -> mp_host {
    mp_host(
      context: context,
      call: { context, bytes, count, canWait in
        owner(context).hostCall(UnsafeRawBufferPointer(start: bytes, count: count), canWait: canWait)
      },
      resume: { context in owner(context).resumeCall() },
      source: { context, name, count in
        owner(context).source(
          String(decoding: UnsafeRawBufferPointer(start: name, count: count), as: UTF8.self))
      },
      node_get: { context, document, node, key, out in
        guard let out else { return Int32(MP_REPLY_VALUES) }
        return owner(context).member(document, Int(node), LuaKey(key), &out.pointee)
      },
      node_set: { context, document, node, key, bytes, count in
        owner(context).assign(
          document, Int(node), LuaKey(key), UnsafeRawBufferPointer(start: bytes, count: count))
      },
      node_length: { context, document, node in
        Int64(owner(context).document(document)?.length(of: Int(node)) ?? 0)
      },
      node_member: { context, document, node, position, key, keyText, value in
        guard let key, let keyText, let value else { return Int32(MP_REPLY_VALUES) }
        return owner(context).entry(
          document, Int(node), Int(position), key: &key.pointee, keyText: keyText, value: &value.pointee)
      },
      node_text: { context, document, node in owner(context).text(document, Int(node)) })
  }
}

/// The context is the state itself, set in `init` and valid until `deinit` frees the interpreter.
private func owner(_ context: UnsafeMutableRawPointer?) -> LuaState {
  guard let context else { preconditionFailure("a Lua state without its context") }
  return Unmanaged<LuaState>.fromOpaque(context).takeUnretainedValue()
}

extension LuaKey {
  fileprivate init(_ key: mp_key) {
    if let text = key.text {
      self = .name(String(decoding: UnsafeRawBufferPointer(start: text, count: key.length), as: UTF8.self))
    } else {
      self = .position(Int(key.integer))
    }
  }
}
