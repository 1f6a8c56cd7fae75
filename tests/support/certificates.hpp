// Certificates for tests, made while they run.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace lastframe::test {

/// A certificate and its key as PEM files.
struct certificate_files {
  std::string certificate;
  std::string key;
};

/// A certificate authority with a folder of its own for what it issues, which goes with it. Throws
/// std::runtime_error.
class authority {
 public:
  explicit authority(const std::string& name = "test authority");
  ~authority();
  authority(const authority&) = delete;
  authority& operator=(const authority&) = delete;

  /// Its own certificate.
  [[nodiscard]] std::string file() const;
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

  /// A certificate for `names`, host names or addresses, valid for `life` from an hour ago on; written to
  /// files named after `file_name`, in place of any that exist.
  certificate_files issue(const std::string& file_name, const std::vector<std::string>& names,
                          std::chrono::seconds life = std::chrono::hours(24)) const;

 private:
  std::filesystem::path folder_;
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> certificate_;
};

}  // namespace lastframe::test
