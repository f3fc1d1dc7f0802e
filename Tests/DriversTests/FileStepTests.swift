import CLinux
import Drivers
import JSON
import LinuxSystem
import Plans
import Testing

@Suite struct FileStepTests {
  /// A directory that goes with the test.
  final class Scratch: Sendable {
    let path = "/tmp/moonpool-test-\(UInt64.random(in: 0 ... .max))"
    init() throws { try Directory.make(path) }
    deinit { try? Directory.removeAll(path) }
  }
  struct Tree: ImageTree {
    let path: String
    func withRoot(_ body: (Int32) throws -> Void) throws {
      let root = try OwnedDescriptor.open(path, [.path, .directory])
      try body(root.rawValue)
    }
  }

  let scratch: Scratch
  let executor: PlanExecutor
  var root: String { scratch.path }

  init() throws {
    scratch = try Scratch()
    executor = try TestNamespace().inside { try PlanExecutor(daemon: "d1") }
  }

  func apply(_ text: String, key: String = "volume:v", image: (any ImageTree)? = nil) throws -> AppliedPlan {
    let text = text.split(separator: "$", omittingEmptySubsequences: false).joined(separator: root)
    let plan = try Plan(parsing: text)
    return try executor.apply(AppliedPlan(key: key, plan: plan), sites: Sites(roots: [root], image: image)).applied
  }

  var sites: Sites { Sites(roots: [root]) }

  @Test func aDirectoryIsMadeWithItsParentsAndGoesWithThem() throws {
    let applied = try apply(
      #"{"steps":[{"dir":"$/a/b/_data","mode":"0751","owner":"7:8","id":"d"}],"result":{"path":{"ref":"d.path"}}}"#)
    let status = try FileStatus.of("\(root)/a/b/_data")
    #expect(status.permissions == 0o751 && status.uid == 7 && status.gid == 8)
    #expect(applied.result == ["path": .string("\(root)/a/b/_data")])
    #expect(try executor.compare(applied, sites: sites) == [.equal])
    try File.replace("\(root)/a/b/_data/file", with: Array("x".utf8))
    #expect(executor.undo(applied, sites: sites).isEmpty)
    #expect(!FileStatus.exists("\(root)/a"))
    #expect(try Directory.names("\(root)/.trash").count == 1)
    try Trash.empty(root: root)
    #expect(try Directory.names("\(root)/.trash").isEmpty)
  }

  @Test func whatWasThereStays() throws {
    try Directory.makeAll("\(root)/a/b")
    let applied = try apply(#"{"steps":[{"dir":"$/a/b"},{"dir":"$/a/b/c"}]}"#)
    #expect(executor.undo(applied, sites: sites).isEmpty)
    #expect(try Directory.names("\(root)/a/b").isEmpty)
  }

  @Test func aPlanWhoseOutcomeWasNeverWrittenIsUndoneByItsMarks() throws {
    try Directory.makeAll("\(root)/theirs")
    let applied = try apply(#"{"steps":[{"dir":"$/a/b"},{"dir":"$/theirs"},{"file":"$/f","size":4096}]}"#)
    let intent = AppliedPlan(key: applied.key, plan: applied.plan)
    #expect(executor.undo(AppliedPlan(key: "volume:other", plan: applied.plan), sites: sites).isEmpty)
    #expect(FileStatus.exists("\(root)/a/b") && FileStatus.exists("\(root)/f"))
    #expect(executor.undo(intent, sites: sites).isEmpty)
    #expect(!FileStatus.exists("\(root)/a") && !FileStatus.exists("\(root)/f"))
    #expect(FileStatus.exists("\(root)/theirs"))
  }

  @Test func applyingAgainCompletesWhatIsThere() throws {
    let first = try apply(#"{"steps":[{"dir":"$/a"},{"dir":"$/b"}]}"#)
    try Directory.removeAll("\(root)/b")
    let again = try executor.apply(AppliedPlan(key: first.key, plan: first.plan), sites: sites).applied
    #expect(again.steps.allSatisfy { $0?.made == true })
    #expect(FileStatus.exists("\(root)/b"))
  }

  @Test(arguments: [
    #"{"steps":[{"dir":"/etc/moonpool-test"}]}"#, #"{"steps":[{"dir":"$/link/inside"}]}"#,
    #"{"steps":[{"trash":"$"}]}"#,
  ])
  func nothingIsTouchedOutsideTheRoots(text: String) throws {
    try check(cl_symlinkat("/var", Int32(CL_AT_FDCWD), "\(root)/link"), "symlink")
    #expect(throws: PlanFailure.self) { try apply(text) }
    #expect(!FileStatus.exists("/var/inside") && !FileStatus.exists("/etc/moonpool-test") && FileStatus.exists(root))
  }

  @Test func aFailureUndoesWhatWasDone() throws {
    try File.replace("\(root)/file", with: [])
    #expect(throws: PlanFailure.self) { try apply(#"{"steps":[{"dir":"$/a/b"},{"dir":"$/file/c"}]}"#) }
    #expect(!FileStatus.exists("\(root)/a"))
  }

  @Test func aVolumeTakesOverWhatTheImageHas() throws {
    let image = "\(root)/image"
    try Directory.makeAll("\(image)/var/lib/db/sub")
    try File.replace("\(image)/var/lib/db/one", with: Array("content".utf8), mode: 0o640)
    try check(cl_linkat(-100, "\(image)/var/lib/db/one", -100, "\(image)/var/lib/db/sub/two", 0), "link")
    try check(cl_symlinkat("/etc/passwd", -100, "\(image)/var/lib/db/way"), "symlink")
    try check(cl_fchownat(-100, "\(image)/var/lib/db", 999, 998, 0), "chown")
    try check(cl_fchmodat(-100, "\(image)/var/lib/db", 0o2770), "chmod")
    try check(cl_mknodat(-100, "\(image)/var/lib/db/pipe", 0o010600, 0), "mkfifo")
    try check(cl_lsetxattr("\(image)/var/lib/db/one", "user.colour", "red", 3), "setxattr")
    let sparse = try OwnedDescriptor.open("\(image)/var/lib/db/sparse", [.writeOnly, .create], mode: 0o600)
    try check(cl_ftruncate(sparse.rawValue, 1 << 30), "truncate")
    // The way to it leads through a link that is absolute in the image.
    try check(cl_symlinkat("/var/lib/db", -100, "\(image)/db"), "symlink")

    let text = #"{"steps":[{"dir":"$/v/_data"},{"seed":"$/v/_data","from":"/db"}]}"#
    let applied = try apply(text, image: Tree(path: image))
    let target = "\(root)/v/_data"
    #expect(try File.readText("\(target)/sub/two") == "content")
    #expect(try FileStatus.of("\(target)/one").inode == FileStatus.of("\(target)/sub/two").inode)
    #expect(try FileStatus.of("\(target)/one").permissions == 0o640)
    #expect(try FileStatus.of("\(target)/way", follow: false).kind == .symbolicLink)
    #expect(try FileStatus.of("\(target)/pipe").kind == .fifo)
    let top = try FileStatus.of(target)
    #expect(top.uid == 999 && top.gid == 998 && top.permissions == 0o2770)
    let hole = try FileStatus.of("\(target)/sparse")
    #expect(hole.size == 1 << 30 && hole.blocks < 100)
    var value = [UInt8](repeating: 0, count: 8)
    #expect(cl_lgetxattr("\(target)/one", "user.colour", &value, 8) == 3)

    // What is in it stays as it is.
    try File.replace("\(target)/one", with: Array("mine".utf8))
    let again = try apply(text, key: "volume:v", image: Tree(path: image))
    #expect(again.steps[1]?.made == false)
    #expect(try File.readText("\(target)/one") == "mine")
    #expect(executor.undo(applied, sites: sites).isEmpty)
    #expect(!FileStatus.exists("\(root)/v"))
  }

  @Test func anImageWithoutTheDirectoryLeavesTheVolumeEmpty() throws {
    try Directory.makeAll("\(root)/image")
    let applied = try apply(
      #"{"steps":[{"dir":"$/v"},{"seed":"$/v","from":"/absent"}]}"#, image: Tree(path: "\(root)/image"))
    #expect(applied.steps[1]?.made == false)
    #expect(try Directory.names("\(root)/v").isEmpty)
  }

  @Test func aCopyIsAllOrNothing() throws {
    try Directory.makeAll("\(root)/old/x")
    try File.replace("\(root)/old/x/y", with: Array("1".utf8))
    let applied = try apply(#"{"steps":[{"copy":"$/new","from":"$/old"}]}"#)
    #expect(try File.readText("\(root)/new/x/y") == "1")
    #expect(try Directory.names(root).sorted() == ["new", "old"])
    #expect(executor.undo(applied, sites: sites).isEmpty)
    #expect(try Directory.names("\(root)/new").isEmpty)
  }

  @Test func anUpdateChangesOnlyWhatDiffers() throws {
    let first = try apply(#"{"steps":[{"dir":"$/a"},{"dir":"$/b"}]}"#)
    try File.replace("\(root)/a/kept", with: [])
    let text = #"{"steps":[{"dir":"$/a"},{"dir":"$/c"}]}"#
    let plan = try Plan(parsing: text.split(separator: "$", omittingEmptySubsequences: false).joined(separator: root))
    let second = try executor.update(first, to: plan, sites: sites).applied
    #expect(FileStatus.exists("\(root)/a/kept") && FileStatus.exists("\(root)/c") && !FileStatus.exists("\(root)/b"))
    #expect(executor.undo(second, sites: sites).isEmpty)
    #expect(!FileStatus.exists("\(root)/a"))
  }
}
