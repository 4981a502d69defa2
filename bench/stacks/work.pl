# Reads and sleeps at many depths of Perl's functions.
use strict;
use warnings;
use Time::HiRes;

sub touch {
    open(my $file, '<:raw', '/proc/self/comm') or die $!;
    sysread($file, my $bytes, 64);
    Time::HiRes::nanosleep(1000);
    return 0;
}

sub descend { my ($depth) = @_; return $depth == 0 ? touch() : (map { descend($depth - 1) } 1)[0] }

for my $i (1 .. $ARGV[0]) {
    descend($i % 15);
    my @sorted = sort { touch(); $a <=> $b } $i, $i + 1, $i - 1;
    (my $text = "aa") =~ s/a/touch()/ge;
    eval { descend($i % 5); die "as it had to" };
}
