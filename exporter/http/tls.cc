#include "exporter/http/tls.h"

#include <dlfcn.h>

#include <array>
#include <filesystem>
#include <new>

#include "exporter/http/own_sockets.h"
#include "exporter/http/tls_shim/tls_shim.h"

namespace plimsoll::http {

struct Tls::Shim {
  PlimsollTlsNew make = nullptr;
  PlimsollTlsFree free = nullptr;
  PlimsollTlsUse use = nullptr;
  PlimsollTlsWatch watch = nullptr;
  PlimsollTlsSslCtx ssl_ctx = nullptr;
  PlimsollTls* tls = nullptr;
};

namespace {

template <typename Function>
bool Find(void* library, const char* name, Function& out) {
  out = reinterpret_cast<Function>(dlsym(library, name));
  return out != nullptr;
}

// Opens libcrypto.so and libssl.so of the first folder that has them.
Result<void*> OpenShim(const std::vector<std::string>& folders) {
  std::string looked;
  for (const std::string& folder : folders) {
    looked += (looked.empty() ? "" : ", ") + folder;
    if (!std::filesystem::exists(folder + "/libssl.so")) continue;
    void* library = nullptr;
    for (const char* name : {"/libcrypto.so", "/libssl.so"}) {
      library = dlopen((folder + name).c_str(), RTLD_NOW | RTLD_LOCAL);
      if (!library)
        return Fail(std::string("TLS is not possible here: ") + dlerror() +
                    ": install OpenSSL 3 (on Debian and Ubuntu the package libssl3 or libssl3t64)");
    }
    return library;
  }
  return Fail("TLS is not possible here: Plimsoll's own libssl.so is in none of " + looked +
              ": install the whole package, or build all of it");
}

}  // namespace

std::vector<std::string> Tls::ShimFolders() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return {};
  const auto folder = program.parent_path();
  return {(folder / "tls").string(), (folder.parent_path() / "lib/plimsoll/tls").string()};
}

Result<std::unique_ptr<Tls>> Tls::Load(const std::vector<std::string>& folders) {
  const auto library = OpenShim(folders);
  if (!library) return tl::unexpected(library.error());
  auto shim = std::make_unique<Shim>();
  if (!Find(*library, "plimsoll_tls_new", shim->make) || !Find(*library, "plimsoll_tls_free", shim->free) ||
      !Find(*library, "plimsoll_tls_use", shim->use) || !Find(*library, "plimsoll_tls_watch", shim->watch) ||
      !Find(*library, "plimsoll_tls_ssl_ctx", shim->ssl_ctx))
    return Fail(
        "TLS is not possible here: the libssl.so beside the program is another one: install the whole "
        "package");
  shim->tls = shim->make();
  if (!shim->tls)
    return Fail("TLS is not possible here: OpenSSL cannot make a context: is its configuration broken?");
  return std::unique_ptr<Tls>(new Tls(std::move(shim)));
}

Tls::Tls(std::unique_ptr<Shim> shim) : shim_(std::move(shim)) {}

Tls::~Tls() { shim_->free(shim_->tls); }

tl::expected<void, TlsFault> Tls::Use(const TlsSettings& settings) {
  std::vector<const char*> sans;
  for (const std::string& san : settings.client_allowed_sans) sans.push_back(san.c_str());
  const ClientAuth auth = settings.client_auth;
  PlimsollTlsSettings plain{};
  plain.cert = settings.cert.text.c_str();
  plain.key = settings.key.text.c_str();
  plain.client_ca = settings.client_ca.line > 0 ? settings.client_ca.text.c_str() : nullptr;
  plain.ask_client = auth != ClientAuth::kNone;
  plain.require_client = auth == ClientAuth::kRequireAny || auth == ClientAuth::kRequireAndVerify;
  plain.verify_client = auth == ClientAuth::kVerifyIfGiven || auth == ClientAuth::kRequireAndVerify;
  plain.allowed_sans = sans.data();
  plain.allowed_san_count = sans.size();
  plain.min_version = settings.min_version;
  plain.max_version = settings.max_version;
  plain.ciphers = settings.ciphers.c_str();
  plain.groups = settings.groups.c_str();
  plain.prefer_server_ciphers = settings.prefer_server_ciphers;
  std::array<char, 512> why{};
  switch (shim_->use(shim_->tls, &plain, why.data(), why.size())) {
    case kPlimsollTlsNone:
      return {};
    case kPlimsollTlsCert:
      return tl::unexpected(TlsFault{&settings.cert, why.data()});
    case kPlimsollTlsKey:
      return tl::unexpected(TlsFault{&settings.key, why.data()});
    case kPlimsollTlsClientCa:
      return tl::unexpected(TlsFault{&settings.client_ca, why.data()});
    case kPlimsollTlsOther:
      break;
  }
  return tl::unexpected(TlsFault{nullptr, why.data()});
}

void Tls::TellOf(Connections& connections) const {
  shim_->watch(
      shim_->tls,
      [](void* user, int fd) -> void* {
        try {
          return static_cast<Connections*>(user)->Opened(PeerOf(fd));
        } catch (const std::bad_alloc&) {  // OpenSSL's C lies in between: it is not counted, then
          return nullptr;
        }
      },
      [](void* user, void* connection) {
        if (connection) static_cast<Connections*>(user)->Closed(static_cast<Connections::Handle>(connection));
      },
      &connections);
}

void* Tls::ssl_ctx() const { return shim_->ssl_ctx(shim_->tls); }

}  // namespace plimsoll::http
