internal import CLinux

/// Open directories of the tree that is being unpacked, so that a file costs no path walk: most follow a sibling.
struct DirectoryCache: ~Copyable {
  private struct Slot {
    var path: [UInt8]
    var descriptor: Int32
    var used: UInt64
  }

  /// At least two: a hard link needs both ends.
  private static let capacity = 16
  private var slots: [Slot] = []
  private var clock: UInt64 = 0
  private var last = 0

  deinit { for slot in slots { _ = cl_close(slot.descriptor) } }

  mutating func find(_ path: ArraySlice<UInt8>) -> Int32? {
    clock += 1
    if last < slots.count, slots[last].path.elementsEqual(path) {
      slots[last].used = clock
      return slots[last].descriptor
    }
    guard let index = slots.firstIndex(where: { $0.path.count == path.count && $0.path.elementsEqual(path) }) else {
      return nil
    }
    last = index
    slots[index].used = clock
    return slots[index].descriptor
  }

  /// Takes over the descriptor; the one that was not used for longest is closed when all slots are taken.
  mutating func insert(_ path: ArraySlice<UInt8>, _ descriptor: Int32) {
    clock += 1
    let slot = Slot(path: Array(path), descriptor: descriptor, used: clock)
    if slots.count < Self.capacity {
      slots.append(slot)
      last = slots.count - 1
      return
    }
    guard let oldest = slots.indices.min(by: { slots[$0].used < slots[$1].used }) else { return }
    _ = cl_close(slots[oldest].descriptor)
    slots[oldest] = slot
    last = oldest
  }

  /// Forgets directories that have been replaced.
  mutating func remove(where isGone: ([UInt8]) -> Bool) {
    slots.removeAll { slot in
      guard isGone(slot.path) else { return false }
      _ = cl_close(slot.descriptor)
      return true
    }
  }
}
