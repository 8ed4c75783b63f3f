# Writes a C file with the bytes of files, as the table SAMPLE_FILES of src/app/sample.h.
#
#   sh assets/embed.sh OUT.c FOLDER FILE…    a file is called by its path below FOLDER
#
# The assembler takes the bytes in as they are (.incbin), so that nothing of them has to be spelled in C.
set -eu
out=$1 folder=$(cd "$2" && pwd)
shift 2
{
    printf '#include "app/sample.h"\n\n'
    i=0
    for file in "$@"; do
        path=$(cd "$(dirname "$file")" && pwd)/$(basename "$file")
        case $path in
        *[\\\"]*) echo "embed: $path: a name with a quote or a backslash" >&2; exit 1 ;;
        "$folder"/*) ;;
        *) echo "embed: $path is not in $folder" >&2; exit 1 ;;
        esac
        printf '__asm__(".pushsection .rodata\\n.balign 16\\nhone_sample_%d:\\n.incbin \\"%s\\"\\n.byte 0\\n.popsection\\n");\n' "$i" "$path"
        printf 'extern const char sample_%d[] __asm__("hone_sample_%d") __attribute__((visibility("hidden")));\n' "$i" "$i"
        i=$((i + 1))
    done
    printf '\nconst SampleFile SAMPLE_FILES[] = {\n'
    i=0
    for file in "$@"; do
        path=$(cd "$(dirname "$file")" && pwd)/$(basename "$file")
        printf '    {"%s", sample_%d, %d},\n' "${path#"$folder"/}" "$i" "$(($(wc -c <"$file")))"
        i=$((i + 1))
    done
    printf '};\nconst size_t SAMPLE_FILE_COUNT = sizeof SAMPLE_FILES / sizeof *SAMPLE_FILES;\n'
} >"$out.part"
mv "$out.part" "$out"
