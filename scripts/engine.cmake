# Read by CMake after llama.cpp's project() line: the binding loads ggml and llama alone, while
# `common` and what it brings is most of the time of a build.
set(LLAMA_BUILD_COMMON OFF CACHE BOOL "" FORCE)
