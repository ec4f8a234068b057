# Overlay: what no word of `docker buildx bake` can change: an inline Dockerfile. It stands in a definition file behind
# those of the caller. Works in SCRATCH.
# shellcheck shell=sh

# The definition files that buildx reads if the call names none, in this order.
OVERLAY_DEFAULTS='compose.yaml compose.yml docker-compose.yml docker-compose.yaml docker-bake.json docker-bake.hcl'
OVERLAY_DEFAULTS="$OVERLAY_DEFAULTS docker-bake.override.json docker-bake.override.hcl"

# overlay_write TARGET FILE: prints the field of the definition that makes FILE the inline Dockerfile of TARGET. HCL
# reads ${ and %{ in a JSON text as templates.
overlay_write() {
	printf '"%s":{"dockerfile-inline":"' "$1"
	LC_ALL=C awk '
		BEGIN { for (n = 1; n < 32; n++) CODE[sprintf("%c", n)] = sprintf("\\u%04x", n) }
		{
			if (NR > 1) printf "\\n"
			for (n = 1; n <= length($0); n++) {
				letter = substr($0, n, 1)
				pair = substr($0, n, 2)
				if (letter == "\\") printf "\\\\"
				else if (letter == "\"") printf "\\\""
				else if (letter in CODE) printf "%s", CODE[letter]
				else if (pair == "${" || pair == "%{") printf "%s%s", letter, letter
				else printf "%s", letter
			}
		}
	' "$2"
	printf '\\n"}\n'
}

# overlay_add_words WORD...: sets ARGUMENTS_LEFT to the words, with the file of this attempt if a target needs it.
overlay_add_words() {
	local file
	set +f
	cat "$SCRATCH"/bake/*/overlay 2>/dev/null >"$SCRATCH/bake/overlay" || :
	set -f
	if [ -s "$SCRATCH/bake/overlay" ]; then
		printf '{"target":{%s}}\n' "$(paste -s -d , "$SCRATCH/bake/overlay")" >"$SCRATCH/bake/overlay.json"
		if [ "$BAKE_CALL_FILES" -eq 0 ] && [ -n "${BUILDX_BAKE_FILE:-}" ]; then
			overlay__add_to_environment
		else
			[ "$BAKE_CALL_FILES" -gt 0 ] || for file in $OVERLAY_DEFAULTS; do
				[ ! -f "$file" ] || set -- "$@" --file "$file"
			done
			set -- "$@" --file "$SCRATCH/bake/overlay.json"
		fi
	fi
	arguments_set_left "$@"
}

overlay__add_to_environment() {
	case $BUILDX_BAKE_FILE in
		*"$SCRATCH/bake/overlay.json") ;;
		*) export BUILDX_BAKE_FILE="$BUILDX_BAKE_FILE${BUILDX_BAKE_PATH_SEPARATOR:-:}$SCRATCH/bake/overlay.json" ;;
	esac
}
