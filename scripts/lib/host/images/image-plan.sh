# Image-plan: the table SCRATCH/image-plan.tsv, which says for one attempt where each image comes from. images_choose
# and syntax_choose write it once per attempt; redirects, blame, the https-only rule, limits and reports read it.
# Columns, `-` where there is no value:
#   use      base, or frontend for the image of a `# syntax=` line
#   image    the name in the Dockerfile
#   digest   the digest that the image must have, if it is known
#   place    the registry reference that the builder fetches, if it fetches any
#   source   the value that replaces the name in the build, as events and reports show it
#   verdict  default, pinned, mirror, unverified tag, last-good, local, alternative or unserved
# shellcheck shell=sh

image_plan_begin() { : >"$SCRATCH/image-plan.tsv"; }

# image_plan_add USE IMAGE DIGEST PLACE SOURCE VERDICT
image_plan_add() {
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "${3:--}" "${4:--}" "${5:--}" "$6" >>"$SCRATCH/image-plan.tsv"
}

# image_plan_each FUNCTION ARGUMENT...: calls FUNCTION USE IMAGE DIGEST PLACE SOURCE VERDICT ARGUMENT... for each row.
image_plan_each() {
	local function use image digest place source verdict
	function=$1
	shift
	[ -f "$SCRATCH/image-plan.tsv" ] || return 0
	# Clients that FUNCTION runs do not read the table.
	while IFS='	' read -r use image digest place source verdict <&5; do
		"$function" "$use" "$image" "$digest" "$place" "$source" "$verdict" "$@"
	done 5<"$SCRATCH/image-plan.tsv"
}

# image_plan_list KIND: prints the base images of one KIND: degraded (another image, or a tag whose digest is not
# known), unverified (only a mirror names the digest of the tag), mirrored, unserved (nobody serves it).
image_plan_list() { image_plan_each image_plan__print "$1"; }

# image_plan_has KIND: whether there is such an image. Starts no process.
image_plan_has() {
	IMAGE_PLAN_FOUND=no
	image_plan_each image_plan__note "$1"
	[ "$IMAGE_PLAN_FOUND" = yes ]
}

image_plan__print() { ! image_plan__is "$7" "$1" "$6" "$3" || printf '%s\n' "$2"; }

image_plan__note() { ! image_plan__is "$7" "$1" "$6" "$3" || IMAGE_PLAN_FOUND=yes; }

# image_plan__is KIND USE VERDICT DIGEST
image_plan__is() {
	case $1:$2:$3:$4 in
		degraded:base:alternative:* | degraded:base:last-good:- | unserved:base:unserved:*) ;;
		unverified:*:'unverified tag':* | mirrored:base:mirror:* | mirrored:base:'unverified tag':*) ;;
		*) return 1 ;;
	esac
}
