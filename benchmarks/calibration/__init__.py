"""What a device reaches at best, measured once and kept, to set the speed of trainings against."""
