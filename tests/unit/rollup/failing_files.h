#pragma once

#include <sqlite3.h>

namespace plimsoll::rollup {

// SQLite's own way to the disk, but for one operation that fails as told.
// Becomes the default while it lives; one at a time.
class FailingFiles {
 public:
  FailingFiles() {
    current = this;
    real_ = sqlite3_vfs_find(nullptr);
    shim_ = *real_;
    shim_.zName = "plimsoll-failing";
    shim_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    shim_.xOpen = Open;
    sqlite3_vfs_register(&shim_, 1);
  }
  ~FailingFiles() {
    sqlite3_vfs_unregister(&shim_);
    sqlite3_vfs_register(real_, 1);
    current = nullptr;
  }

  // The n-th write, sync or truncation from now fails with `code`; `all_after`: and so do all behind it.
  void FailAt(int n, int code, bool all_after) {
    left_ = n;
    code_ = code;
    all_after_ = all_after;
  }
  void Heal() { left_ = 0; }
  bool hit() const { return hit_; }
  void Forget() { hit_ = false; }
  int syncs() const { return syncs_; }

 private:
  struct File {
    sqlite3_file base;
    sqlite3_io_methods methods;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };
  static sqlite3_file* Real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }

  // 0, or the code with which this operation fails.
  int Verdict() {
    if (left_ == 0) return 0;
    if (left_ > 1) {
      --left_;
      return 0;
    }
    hit_ = true;
    if (!all_after_) left_ = 0;
    return code_;
  }

  static int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    auto* const own = reinterpret_cast<File*>(file);
    own->base.pMethods = nullptr;
    const int code = current->real_->xOpen(current->real_, name, own->real(), flags, out_flags);
    if (!own->real()->pMethods) return code;
    own->methods = *own->real()->pMethods;
    Wrap(own->methods);
    own->base.pMethods = &own->methods;
    return code;
  }

  static void Wrap(sqlite3_io_methods& m) {
    m.xClose = [](sqlite3_file* f) { return Real(f)->pMethods->xClose(Real(f)); };
    m.xRead = [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
      return Real(f)->pMethods->xRead(Real(f), to, n, at);
    };
    m.xWrite = [](sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
      const int code = current->Verdict();
      return code ? code : Real(f)->pMethods->xWrite(Real(f), from, n, at);
    };
    m.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
      const int code = current->Verdict();
      return code ? code : Real(f)->pMethods->xTruncate(Real(f), size);
    };
    m.xSync = [](sqlite3_file* f, int flags) {
      ++current->syncs_;
      const int code = current->Verdict();
      return code ? code : Real(f)->pMethods->xSync(Real(f), flags);
    };
    m.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
      return Real(f)->pMethods->xFileSize(Real(f), size);
    };
    m.xLock = [](sqlite3_file* f, int lock) { return Real(f)->pMethods->xLock(Real(f), lock); };
    m.xUnlock = [](sqlite3_file* f, int lock) { return Real(f)->pMethods->xUnlock(Real(f), lock); };
    m.xCheckReservedLock = [](sqlite3_file* f, int* out) {
      return Real(f)->pMethods->xCheckReservedLock(Real(f), out);
    };
    m.xFileControl = [](sqlite3_file* f, int op, void* arg) {
      return Real(f)->pMethods->xFileControl(Real(f), op, arg);
    };
    m.xSectorSize = [](sqlite3_file* f) { return Real(f)->pMethods->xSectorSize(Real(f)); };
    m.xDeviceCharacteristics = [](sqlite3_file* f) {
      return Real(f)->pMethods->xDeviceCharacteristics(Real(f));
    };
    m.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return Real(f)->pMethods->xShmMap(Real(f), page, size, extend, out);
    };
    m.xShmLock = [](sqlite3_file* f, int offset, int n, int flags) {
      return Real(f)->pMethods->xShmLock(Real(f), offset, n, flags);
    };
    m.xShmBarrier = [](sqlite3_file* f) { Real(f)->pMethods->xShmBarrier(Real(f)); };
    m.xShmUnmap = [](sqlite3_file* f, int remove) { return Real(f)->pMethods->xShmUnmap(Real(f), remove); };
    m.xFetch = [](sqlite3_file* f, sqlite3_int64 at, int n, void** out) {
      return Real(f)->pMethods->xFetch(Real(f), at, n, out);
    };
    m.xUnfetch = [](sqlite3_file* f, sqlite3_int64 at, void* page) {
      return Real(f)->pMethods->xUnfetch(Real(f), at, page);
    };
  }

  static inline FailingFiles* current = nullptr;
  sqlite3_vfs* real_;
  sqlite3_vfs shim_;
  int left_ = 0, code_ = 0, syncs_ = 0;
  bool all_after_ = false, hit_ = false;
};

}  // namespace plimsoll::rollup
