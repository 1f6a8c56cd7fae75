#include "proxy/http/errc.hpp"

#include <string>

namespace lastframe::http {
namespace {

// Boost's categories are never deleted through their base.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

class http_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "lastframe.http"; }

  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::malformed_head:
        return "malformed head";
      case errc::head_too_large:
        return "head too large";
      case errc::bad_upgrade_answer:
        return "the 101 does not answer the upgrade request";
      case errc::malformed_body:
        return "malformed chunked body";
    }
    return "unknown error " + std::to_string(value);
  }
};

#pragma GCC diagnostic pop

}  // namespace

const boost::system::error_category& category() noexcept {
  static const http_category instance;
  return instance;
}

}  // namespace lastframe::http
