// State that most objects never need.
#pragma once

#include <memory>

namespace lastframe::protocol {

/// A `T` that takes no memory before it is first written to; until then it reads as one just made.
template <class T>
class seldom {
 public:
  [[nodiscard]] const T& operator*() const noexcept { return made_ ? *made_ : unmade; }
  [[nodiscard]] const T* operator->() const noexcept { return &**this; }
  /// Whether it was ever written to.
  [[nodiscard]] explicit operator bool() const noexcept { return made_ != nullptr; }
  /// To write to.
  [[nodiscard]] T& make() {
    if (!made_) made_ = std::make_unique<T>();
    return *made_;
  }

 private:
  static inline constinit const T unmade{};

  std::unique_ptr<T> made_;
};

}  // namespace lastframe::protocol
