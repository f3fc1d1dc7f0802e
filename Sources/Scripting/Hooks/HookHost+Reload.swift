import JSON
import LinuxSystem
import Logging
import Lua
import Synchronization

extension HookHost {
  /// Loads what has changed: compile, configuration, the hook's own tests, then one atomic swap. What does not load
  /// leaves the running version in force.
  public func reload() async {
    await reloading.run { [self] in
      guard let directory, FileStatus.exists(directory) else {
        return install(HookSet())
      }
      await load(directory)
    }
  }

  private func install(_ set: HookSet) { installed.withLock { $0 = set } }

  private func load(_ directory: String) async {
    let kept = KeptVersions(versions)
    let settings: HooksFile
    do throws(ScriptError) {
      try ScriptFiles.refuseForeign(directory)
      settings = try readSettings(directory, kept)
    } catch {
      return refuseAll(error)
    }

    let present = folders(in: directory)
    let running = pin()
    var loaded: [LoadedHook] = []
    var status: [HookStatus] = []
    for name in Set(present).union(settings.expected).union(kept.names).sorted() {
      let isExpected = settings.expected.contains(name)
      let before = running.hooks.first { $0.name == name }
      guard present.contains(name) || isExpected else {
        kept.forget(name)
        continue
      }
      let wanted = settings.hooks[name] ?? HooksFile.Hook()
      let folder = "\(directory)/\(name)"
      do throws(ScriptError) {
        guard present.contains(name) else { throw ScriptError("hooks.json names it, but there is no folder \(folder)") }
        let files = try ScriptFiles.read(folder, ownedOnly: true)
        let hook = try await self.hook(files, wanted, before, kept)
        _ = try HookSet(loaded + [hook])
        loaded.append(hook)
        kept.keep(files)
        status.append(line(hook, .active, folder, nil))
      } catch {
        logger.error("a hook does not load", metadata: ["hook": "\(name)", "reason": "\(error)"])
        guard let hook = await fallback(name, before, wanted, kept, loaded) else {
          let state: HookStatus.State = present.contains(name) ? .failed : .missing
          status.append(
            HookStatus(name: name, state: state, origin: folder, reason: error.message, rules: []))
          continue
        }
        loaded.append(hook)
        status.append(line(hook, .stale, folder, error.message))
      }
    }

    var set: HookSet
    do throws(ScriptError) { set = try HookSet(loaded) } catch { return refuseAll(error) }
    set.status = status
    if let missing = status.first(where: { isUnserved($0) && settings.expected.contains($0.name) }) {
      set.closed = Opinion(
        hook: missing.name, rule: "-",
        message: "hooks.json requires this hook, and no version of it has loaded: \(missing.reason ?? "")",
        code: "HOOK_MISSING", help: "mend the hook or take it out of \(directory)/hooks.json")
    }
    install(set)
    logger.info("hooks loaded", metadata: ["hooks": "\(loaded.map(\.name).joined(separator: " "))"])
  }

  private func isUnserved(_ status: HookStatus) -> Bool { status.state == .failed || status.state == .missing }

  /// The same version with the same settings goes on in its warm state; one that is kept has passed its tests already,
  /// and a restart does not repeat them.
  private func hook(
    _ files: ScriptFiles, _ settings: HooksFile.Hook, _ before: LoadedHook?, _ kept: KeptVersions
  ) async throws(ScriptError) -> LoadedHook {
    if let before, before.files.digest == files.digest, before.settings == settings { return before }
    let hook = try await LoadedHook.load(files, settings: settings, services: services)
    if before?.files.digest != files.digest, kept.files(files.name)?.digest != files.digest {
      let report = await ScriptTests.run(files)
      guard report.isPassed else { throw ScriptError("\(files.name): its tests fail: \(report.failureText)") }
    }
    return hook
  }

  /// The version that runs, or after a restart the last one that loaded. Never an older one.
  private func fallback(
    _ name: String, _ before: LoadedHook?, _ settings: HooksFile.Hook, _ kept: KeptVersions, _ loaded: [LoadedHook]
  ) async -> LoadedHook? {
    if let before, (try? HookSet(loaded + [before])) != nil { return before }
    guard let files = kept.files(name) else { return nil }
    do throws(ScriptError) {
      let hook = try await LoadedHook.load(files, settings: settings, services: services)
      _ = try HookSet(loaded + [hook])
      return hook
    } catch {
      logger.error(
        "the kept version of a hook does not load either", metadata: ["hook": "\(name)", "reason": "\(error)"])
      return nil
    }
  }

  /// The site's settings; the last good ones while the file cannot be read.
  private func readSettings(_ directory: String, _ kept: KeptVersions) throws(ScriptError) -> HooksFile {
    let path = "\(directory)/hooks.json"
    guard FileStatus.exists(path) else {
      kept.keepSettings(nil)
      return HooksFile()
    }
    try ScriptFiles.refuseForeign(path)
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try File.read(path, limit: 1 << 20) } catch { throw ScriptError("\(error)") }
    do throws(ScriptError) {
      let settings = try HooksFile(parsing: bytes)
      kept.keepSettings(bytes)
      return settings
    } catch {
      logger.error("hooks.json does not load", metadata: ["reason": "\(error)"])
      if let bytes = kept.settings(), let settings = try? HooksFile(parsing: bytes) { return settings }
      throw error
    }
  }

  /// Without settings nothing is known about who has to be asked: what runs goes on; where nothing runs, it is closed.
  private func refuseAll(_ error: ScriptError) {
    logger.error("hooks cannot be loaded", metadata: ["reason": "\(error)"])
    installed.withLock { set in
      guard set.hooks.isEmpty else { return }
      set.closed = Opinion(
        hook: "-", rule: "-", message: "the site's hooks cannot be loaded: \(error)", code: "HOOKS_UNREADABLE")
    }
  }

  private func folders(in directory: String) -> [String] {
    let names = (try? Directory.names(directory)) ?? []
    return names.filter { name in
      !name.hasPrefix(".") && (try? FileStatus.of("\(directory)/\(name)").isDirectory) == true
    }
  }

  private func line(_ hook: LoadedHook, _ state: HookStatus.State, _ origin: String, _ reason: String?) -> HookStatus {
    HookStatus(
      name: hook.name, state: state, version: hook.version, origin: origin, digest: hook.files.digest, reason: reason,
      rules: hook.rules.map {
        HookStatus.Rule(id: $0.id, verb: $0.verb, event: $0.event, mode: hook.settings.mode(of: $0.id))
      })
  }
}
