# cmake -DOUT=page_files.cpp -DDIRECTORY=page -DFILES="index.html;style.css" -P embed.cmake
# Writes the source file that page_files.hpp declares: the files' text as string literals.
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")

set(rows "")
foreach(name IN LISTS FILES)
  string(REGEX REPLACE ".*[.]" "" kind "${name}")
  if(NOT DEFINED type_${kind})
    message(FATAL_ERROR "${name}: no content type is known for .${kind}")
  endif()
  set(path "/${name}")
  if(name STREQUAL "index.html")
    set(path "/")
  endif()
  file(READ "${DIRECTORY}/${name}" text)
  string(APPEND rows "    {\"${path}\", \"${type_${kind}}\", R\"lastframe(${text})lastframe\"},\n")
endforeach()

file(WRITE "${OUT}" "// Made from telemetry/page/ by its embed.cmake.
#include \"telemetry/page_files.hpp\"

#include <array>

namespace lastframe::telemetry {

namespace {

constexpr auto files = std::to_array<page_file>({
${rows}});

}  // namespace

std::span<const page_file> page_files() noexcept {
  return files;
}

}  // namespace lastframe::telemetry
")
