#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

namespace plimsoll::collect {

// Lends objects as shared_ptr and takes them back, memory and all, when the
// last holder lets go: a steady stream of frames allocates nothing. One thread
// lends; any thread may let go. What is lent may outlive the Recycler.
template <typename T>
class Recycler {
 public:
  // An object in the state in which its last holder left it, or a new one.
  std::shared_ptr<T> Lend() {
    for (const auto& slot : slots_) {
      // acquire: what the last holder did to the object is seen here.
      if (slot->lent.load(std::memory_order_acquire)) continue;
      return Hand(slot);
    }
    return Hand(slots_.emplace_back(std::make_shared<Slot>()));
  }

 private:
  struct Slot {
    T object;
    std::atomic<bool> lent{false};
    alignas(std::max_align_t) std::byte control_block[128];
  };

  // Places the shared_ptr's control block inside the slot. Freeing that block is
  // the very last thing the last holder does: that is when the slot is free again.
  template <typename U>
  struct InSlot {
    using value_type = U;
    explicit InSlot(std::shared_ptr<Slot> s) : slot(std::move(s)) {}
    template <typename V>
    InSlot(const InSlot<V>& other) : slot(other.slot) {}
    U* allocate(size_t n) {
      static_assert(sizeof(U) <= sizeof(Slot::control_block));
      (void)n;
      return reinterpret_cast<U*>(slot->control_block);
    }
    void deallocate(U*, size_t) { slot->lent.store(false, std::memory_order_release); }
    template <typename V>
    bool operator==(const InSlot<V>& other) const {
      return slot == other.slot;
    }
    std::shared_ptr<Slot> slot;
  };

  std::shared_ptr<T> Hand(const std::shared_ptr<Slot>& slot) {
    slot->lent.store(true, std::memory_order_relaxed);
    return std::shared_ptr<T>(
        &slot->object, [](T*) {}, InSlot<T>(slot));
  }

  std::vector<std::shared_ptr<Slot>> slots_;
};

}  // namespace plimsoll::collect
