import Glibc

/// A real registry (Debian's docker-registry) inside a sandbox, with a directory of its own.
struct DockerRegistry {
  enum Authentication { case none, htpasswd }

  /// The one user of `htpasswd`, and his password as bcrypt has it.
  static let user = "ali"
  static let password = "opensesame"
  private static let htpasswd = #"ali:$2b$05$mVSZtgqD2YdN.HCt5mgUROBW6vBlnZ.HaSxSS0ekx.okQDTV.FbnS"#

  let process: pid_t
  /// Its standard error, kept open: its next line would end it.
  let errors: CInt
  let directory: String
  let address = "localhost:5000"

  static func start(
    in sandbox: NetworkSandbox, authentication: Authentication = .none, tls: Bool = false
  ) throws -> DockerRegistry {
    var template = Array("/tmp/moonpool-test-registry-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SandboxError("mkdtemp", errno) }
    let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    var configuration = """
      version: 0.1
      log: { level: info }
      storage: { filesystem: { rootdirectory: \(directory)/data }, delete: { enabled: true } }
      http:
        addr: 127.0.0.1:5000

      """
    if tls {
      try makeCertificates(in: directory)
      configuration += "  tls: { certificate: \(directory)/server.crt, key: \(directory)/server.key }\n"
    }
    if case .htpasswd = authentication {
      try write(htpasswd + "\n", to: "\(directory)/htpasswd")
      configuration += "auth: { htpasswd: { realm: test, path: \(directory)/htpasswd } }\n"
    }
    try write(configuration, to: "\(directory)/config.yml")
    let started = try sandbox.inside { () throws -> (pid_t, CInt) in
      try spawn(["/usr/bin/docker-registry", "serve", "\(directory)/config.yml"])
    }
    try waitFor("listening on", from: started.1)
    return DockerRegistry(process: started.0, errors: started.1, directory: directory)
  }

  func stop() {
    kill(process, SIGKILL)
    var status: CInt = 0
    waitpid(process, &status, 0)
    close(errors)
    _ = try? Self.capture(["/bin/rm", "-rf", directory])
  }

  private static func makeCertificates(in directory: String) throws {
    let script = """
      set -e
      cd \(directory)
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.crt -days 2 \
        -subj /CN=test-ca 2>/dev/null
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout server.key -out server.csr \
        -subj /CN=registry.test 2>/dev/null
      printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > san
      openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile san \
        -out server.crt 2>/dev/null
      """
    _ = try capture(["/bin/sh", "-c", script])
  }

  static func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "we") else { throw SandboxError(path, errno) }
    fputs(text, file)
    fclose(file)
  }

  /// Runs a program and gives what it wrote to its standard output.
  @discardableResult
  static func capture(_ arguments: [String]) throws -> String {
    let (process, output) = try spawn(arguments, capturing: STDOUT_FILENO)
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(output, &buffer, buffer.count)
      guard count > 0 else { break }
      text += buffer[..<count]
    }
    close(output)
    var status: CInt = 0
    waitpid(process, &status, 0)
    guard status == 0 else { throw SandboxError("\(arguments) ended with \(status)", 0) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Starts a program; the descriptor reads what it writes to `capturing`.
  private static func spawn(_ arguments: [String], capturing: CInt = STDERR_FILENO) throws -> (pid_t, CInt) {
    var ends: [CInt] = [0, 0]
    let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw SandboxError("socketpair", errno) }
    defer { close(ends[1]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], capturing)
    posix_spawn_file_actions_addopen(
      &actions, capturing == STDOUT_FILENO ? STDERR_FILENO : STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    var process: pid_t = 0
    let vector = arguments.map { strdup($0) } + [nil]
    defer { vector.forEach { free($0) } }
    let environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nil]
    defer { environment.forEach { free($0) } }
    let status = posix_spawn(&process, arguments[0], &actions, nil, vector, environment)
    guard status == 0 else { throw SandboxError(arguments[0], status) }
    return (process, ends[0])
  }

  private static func waitFor(_ word: String, from descriptor: CInt) throws {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !text.contains(word) {
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { throw SandboxError("the registry did not start: \(text)", 0) }
      text += String(decoding: buffer[..<count], as: UTF8.self)
    }
  }
}
