# Read by CMake after llama.cpp's project() line.
#
# The binding loads ggml and llama alone, while `common` and what it brings is most of the time of a
# build.
set(LLAMA_BUILD_COMMON OFF CACHE BOOL "" FORCE)
set(LLAMA_ALL_WARNINGS OFF CACHE BOOL "" FORCE)

# Time goes into ggml-cpu's kernels, and into what runs for each of a vocabulary's 260,000 tokens. What
# opens models, draws their graphs and keeps their caches is as fast with less optimization, and
# compiles in two thirds of the time.
function(madang_compile_quickly)
    target_compile_options(llama PRIVATE -O1)
    target_compile_options(ggml-base PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-O1>)
    foreach(name IN ITEMS llama-sampler llama-vocab)
        set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/src/${name}.cpp
            TARGET_DIRECTORY llama PROPERTIES COMPILE_OPTIONS -O3)
    endforeach()
endfunction()
cmake_language(DEFER CALL madang_compile_quickly)
