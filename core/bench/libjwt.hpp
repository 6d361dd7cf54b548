// libjwt, where Debian's libjwt-dev is there to be compiled against. Opened with the libcrypto that
// it brings: the one that is linked into the benchmark is another.
#pragma once

#if PORTCULLIS_LIBJWT
#include <dlfcn.h>
#include <jwt.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "subjects.hpp"

namespace portcullis::bench {

class libjwt {
 public:
  libjwt() : library_(dlopen("libjwt.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND)) {
    find("jwt_decode", decode_);
    find("jwt_free", free_);
    find("jwt_get_alg", get_alg_);
    find("jwt_get_grant", get_grant_);
    find("jwt_get_grant_int", get_grant_int_);
    find("jwt_get_grants_json", get_grants_json_);
  }

  [[nodiscard]] bool found() const { return found_; }

  // With the claims that it can check: it knows no lists.
  [[nodiscard]] bool allows(const std::string& token, std::int64_t at) const {
    jwt_t* jwt = nullptr;
    const auto* key = reinterpret_cast<const unsigned char*>(secret.data());
    if (decode_(&jwt, token.c_str(), key, static_cast<int>(secret.size())) != 0) return false;
    const auto is = [&](const char* name, std::string_view wanted) {
      const char* const text = get_grant_(jwt, name);
      return text != nullptr && wanted == text;
    };
    char* permissions = get_grants_json_(jwt, "permissions");
    const bool allowed = get_alg_(jwt) == JWT_ALG_HS256 && is("iss", issuer) &&
                         is("aud", audience) && get_grant_int_(jwt, "exp") > at &&
                         permissions != nullptr &&
                         std::string_view(permissions).find(R"("view:data")") != std::string::npos;
    std::free(permissions);
    free_(jwt);
    return allowed;
  }

 private:
  template <class Function>
  void find(const char* name, Function& function) {
    function = library_ ? reinterpret_cast<Function>(dlsym(library_, name)) : nullptr;
    found_ = found_ && function != nullptr;
  }

  void* library_;
  bool found_ = true;
  decltype(&jwt_decode) decode_ = nullptr;
  decltype(&jwt_free) free_ = nullptr;
  decltype(&jwt_get_alg) get_alg_ = nullptr;
  decltype(&jwt_get_grant) get_grant_ = nullptr;
  decltype(&jwt_get_grant_int) get_grant_int_ = nullptr;
  decltype(&jwt_get_grants_json) get_grants_json_ = nullptr;
};

}  // namespace portcullis::bench
#endif
